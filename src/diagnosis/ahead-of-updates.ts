import { plural } from '../plural.ts';
import type { Mode } from './diagnosis.ts';
import { search } from './search.ts';
import { difference, stepping } from './words.ts';

/** The scheduler was stepped although overflow skipped the update. */
export const aheadOfUpdates: Mode = {
  id: 'ahead-of-updates',
  title: 'The scheduler is stepped although overflow skipped the update',
  thread: 'https://github.com/pytorch/pytorch/issues/55585',
  explain(facts) {
    const { curves } = facts;
    const { expected, explains, start } = curves;
    const { skipped = 0 } = facts.violation;
    if (skipped === 0) return undefined;
    const lead = search(curves, {
      from: 1,
      to: skipped,
      likely: [skipped],
      curve: (steps) => (step) => expected(step + steps),
      distance: (steps) => steps,
    });
    // The scheduler may already have been stepped when the first event was reported.
    if (lead === undefined && !explains((step) => expected(start + (step - start) + skipped)))
      return undefined;
    return {
      message: `the scheduler was stepped at ${plural(skipped, 'update')} that overflow skipped: the curve is ${plural(lead ?? skipped, 'step')} ahead of the model`,
      ...difference(facts),
      evidence: [
        { text: `${plural(skipped, 'skipped update')} before optimizer step ${facts.violation.step}` },
        ...stepping(facts),
      ],
      fix: [
        'step the scheduler only when the optimizer has stepped: compare scaler.get_scale() before and after scaler.update(), and call scheduler.step() if it has not shrunk',
      ],
    };
  },
};
