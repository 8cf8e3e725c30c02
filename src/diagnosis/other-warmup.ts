import { plural } from '../plural.ts';
import type { Mode } from './diagnosis.ts';
import { argument, withValues } from './parameters.ts';
import { difference, factorWords, stepping } from './words.ts';

/** Longest warmup that is tried, in multiples of the run. */
const LONGEST = 4;

/** The same schedule with a warmup of a different length. */
export const otherWarmup: Mode = {
  id: 'other-warmup',
  title:
    'The schedule warms up for a different number of steps: not scaled by ranks or accumulation, or a share read as steps',
  thread: 'https://github.com/huggingface/accelerate/issues/2318',
  explain(facts) {
    const { spec, total, explainedBy, differing } = facts.curves;
    const warmup = spec && argument(spec, 'warmup');
    if (!spec || warmup === undefined || differing < 2) return undefined;
    const lengths = Array.from({ length: LONGEST * total }, (_, at) => at + 1);
    const found = lengths.find(
      (value) => value !== warmup && explainedBy(withValues(spec, { warmup: value })),
    );
    if (found === undefined) return undefined;
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
