import type { Mode } from './diagnosis.ts';
import { argument, changesTo } from './parameters.ts';
import { difference, stepping } from './words.ts';

/** The decay runs while the warmup does: its progress is counted from step 0. */
export const decayFromStart: Mode = {
  id: 'decay-from-start',
  title:
    'The decay is counted from step 0 instead of from the end of the warmup: it has begun before the peak is reached',
  explain(facts) {
    const { spec, expected, explains, vary, points } = facts.curves;
    const warmup = spec && argument(spec, 'warmup');
    if (!spec || !warmup) return undefined;
    // What the warmup shows proves nothing: something behind it must have been seen.
    if (points.filter(({ step }) => step >= warmup).length < 2) return undefined;
    const bare = vary(spec)(changesTo(spec, { warmup: 0 }));
    const candidates = [
      (step: number) => (step < warmup ? expected(step) : bare(step)),
      // The warmup multiplies the decay that runs beneath it.
      (step: number) => (step < warmup ? (bare(step) * expected(step)) / expected(warmup) : bare(step)),
    ];
    if (!candidates.some(explains)) return undefined;
    return {
      message: `the decay is counted from step 0, not from the end of the warmup at step ${warmup}: it has already run for ${warmup} steps when the peak should be reached`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `count the progress of the decay from the end of the warmup: (step - ${warmup}) / (total - ${warmup}) instead of step / total`,
      ],
    };
  },
};
