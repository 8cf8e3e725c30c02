import type { Mode } from './diagnosis.ts';
import { difference, inForce, stepping } from './words.ts';

/** How much smaller than in the end a batch is at first, as shares that people choose. */
const SHARES = [1 / 2, 1 / 4, 3 / 4, 1 / 8, 1 / 16, 1 / 3, 2 / 3, 3 / 8, 5 / 8, 7 / 8];

/** A scheduler that counts samples, while the batch still grows: every update moves it by less than a full batch. */
export const batchRampUp: Mode = {
  id: 'batch-ramp-up',
  title:
    'The schedule counts samples and the batch still grows: it moves by a share of a step at every update',
  explain(facts) {
    const { expected, explains, spec, start, differing } = facts.curves;
    const { class: scheduler } = inForce(facts);
    const samples =
      /OptimizerParamScheduler|AnnealingLR/.test(scheduler) ||
      (facts.violation.scheduler ?? 0) > facts.violation.step;
    // Between two steps only a formula has a value.
    if (!spec || start !== 0 || !samples) return undefined;
    if (differing < 2 && !/OptimizerParamScheduler/.test(scheduler)) return undefined;
    const share = SHARES.find((part) => explains((step) => expected(part * step)));
    if (share === undefined) return undefined;
    return {
      message: `every update moves the schedule by ${Number(share.toPrecision(3))} of a step: ${scheduler} counts samples, and the batch is still ${Number((share * 100).toPrecision(3))} % of its full size`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'with a batch that ramps up, state the curve by the samples that are really seen at every step: --expect @curve.json',
        'or give the scheduler its lengths in steps of the full batch, and step it by a full batch',
      ],
    };
  },
};
