import type { Mode } from './diagnosis.ts';
import { argument } from './parameters.ts';
import { search } from './search.ts';
import { difference, factorsOf, stepping } from './words.ts';

/** The scheduler of a resumed run is at a different step than the run: its position was counted in another unit. */
export const resumeOtherUnit: Mode = {
  id: 'resume-other-position',
  title:
    'The scheduler of a resumed run is at a different step, counted in another unit (ranks, micro-batches, samples)',
  thread: 'https://github.com/bghira/SimpleTuner/pull/3045',
  explain(facts) {
    const { curves } = facts;
    const { start, total, expected, resumed, spec } = curves;
    if (start === 0 || curves.points.length < 2) return undefined;
    const { ranks, accumulation } = factorsOf(facts);
    const factors = [ranks, accumulation, ranks * accumulation];
    const at = search(curves, {
      from: 0,
      to: Math.max(total, 4 * start),
      likely: [start, ...factors.flatMap((factor) => [start * factor, Math.round(start / factor)])],
      turns: [total, (spec && argument(spec, 'warmup')) ?? 0],
      curve: (position) => resumed((step) => expected(position + step - start)),
      distance: (position) => position,
    });
    if (at === undefined || at === start) return undefined;
    return {
      message: `the run resumes at step ${start}, but its scheduler is at step ${at}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `restore the scheduler at optimizer step ${start}; a position that counts ranks or micro-batches changes its meaning when their number changes`,
        `if the run really is at step ${at}, state it: --start-step ${at}`,
      ],
    };
  },
};
