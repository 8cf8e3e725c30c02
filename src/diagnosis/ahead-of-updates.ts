import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The scheduler moved on although overflow left the update out. */
export const aheadOfUpdates: Mode = {
  id: 'ahead-of-updates',
  title: 'The scheduler is stepped although overflow left the update out',
  thread: 'https://github.com/pytorch/pytorch/issues/55585',
  explain(facts) {
    const { expected, explains, start } = facts.curves;
    const { skipped = 0 } = facts.violation;
    if (skipped === 0) return undefined;
    const lead = Array.from({ length: skipped }, (_, at) => at + 1).find((steps) =>
      explains((step) => expected(step + steps)),
    );
    // A scheduler that was stepped before it was known how often moves on from what it has skipped.
    if (lead === undefined && !explains((step) => expected(start + (step - start) + skipped)))
      return undefined;
    return {
      message: `the scheduler moved on at ${skipped === 1 ? 'an update' : `${skipped} updates`} that overflow left out: the curve is ahead of the model by ${lead ?? skipped}`,
      ...difference(facts),
      evidence: [
        { text: `${skipped} updates were skipped before optimizer step ${facts.violation.step}` },
        ...stepping(facts),
      ],
      fix: [
        'step the scheduler only when the optimizer stepped: compare scaler.get_scale() before and after scaler.update(), and call scheduler.step() when it has not shrunk',
      ],
    };
  },
};
