import { plural } from '../plural.ts';
import type { Mode } from './diagnosis.ts';
import { argument, changesTo } from './parameters.ts';
import { search } from './search.ts';
import { difference, factorsOf, factorWords, stepping } from './words.ts';

/** Longest warmup that is tried, in multiples of the run. */
const LONGEST = 4;

/** The same schedule with a warmup of a different length. */
export const otherWarmup: Mode = {
  id: 'other-warmup',
  title:
    'The schedule warms up for a different number of steps: not scaled by ranks or accumulation, or a share read as steps',
  thread: 'https://github.com/huggingface/accelerate/issues/2318',
  explain(facts) {
    const { curves } = facts;
    const { spec, total, differing } = curves;
    const warmup = spec && argument(spec, 'warmup');
    if (!spec || warmup === undefined || differing < 2) return undefined;
    const vary = curves.vary(spec);
    const { ranks, accumulation } = factorsOf(facts);
    const factors = [ranks, accumulation, ranks * accumulation];
    const found = search(curves, {
      from: 1,
      to: LONGEST * total,
      likely: [warmup, ...factors.flatMap((factor) => [warmup * factor, Math.round(warmup / factor)])],
      curve: (length) => vary(changesTo(spec, { warmup: length })),
      distance: (length) => length,
    });
    if (found === undefined || found === warmup) return undefined;
    const unit = factorWords(found / warmup, facts) ?? factorWords(warmup / found, facts);
    const why = unit ? `, off by ${unit}` : found === total ? ', the whole run' : '';
    return {
      message: `the schedule warms up for ${plural(found, 'step')}, not for ${warmup}${why}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the scheduler a warmup of ${warmup} optimizer steps`,
        ...(found === 1
          ? [
              'from 1 on, warmup_steps counts steps: 1.0 is one step, not the whole run; only a value below 1 is a share',
            ]
          : []),
      ],
    };
  },
};
