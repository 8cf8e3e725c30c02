import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The scheduler of a resumed run is at a different step than the run: its position was counted in another unit. */
export const resumeOtherUnit: Mode = {
  id: 'resume-other-position',
  title:
    'The scheduler of a resumed run is at a different step, counted in another unit (ranks, micro-batches, samples)',
  thread: 'https://github.com/bghira/SimpleTuner/pull/3045',
  explain(facts) {
    const { start, total, expected, explainsResumed } = facts.curves;
    if (start === 0 || facts.curves.points.length < 2) return undefined;
    const last = Math.max(total, 4 * start);
    for (let at = 0; at <= last; at++) {
      if (at === start || !explainsResumed((step) => expected(at + step - start))) continue;
      return {
        message: `the run resumes at step ${start}, but its scheduler is at step ${at}`,
        ...difference(facts),
        evidence: stepping(facts),
        fix: [
          `restore the scheduler at optimizer step ${start}; a position that counts ranks or micro-batches changes its meaning when their number changes`,
          `if the run really is at step ${at}, state it: --start-step ${at}`,
        ],
      };
    }
    return undefined;
  },
};
