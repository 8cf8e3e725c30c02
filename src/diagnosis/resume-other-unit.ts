import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A resumed run whose scheduler stands elsewhere than the run: its position was counted in another unit. */
export const resumeOtherUnit: Mode = {
  id: 'resume-other-position',
  title:
    'A resumed run whose scheduler stands at another step, counted in another unit (ranks, micro-batches, samples)',
  thread: 'https://github.com/bghira/SimpleTuner/pull/3045',
  explain(facts) {
    const { start, total, expected, explainsResumed } = facts.curves;
    if (start === 0 || facts.curves.points.length < 2) return undefined;
    const last = Math.max(total, 4 * start);
    for (let at = 0; at <= last; at++) {
      if (at === start || !explainsResumed((step) => expected(at + step - start))) continue;
      return {
        message: `the run goes on at step ${start}, but its scheduler stands at ${at}`,
        ...difference(facts),
        evidence: stepping(facts),
        fix: [
          `restore the scheduler at optimizer step ${start}; a position that was counted in ranks or micro-batches changes its meaning when their number changes`,
          `if the run really stands at step ${at}, say so: --start-step ${at}`,
        ],
      };
    }
    return undefined;
  },
};
