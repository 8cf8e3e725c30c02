import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The expected curve from a later step on: stepped before the first update, or a step counted one too high. */
export const early: Mode = {
  id: 'early',
  title:
    'The expected curve, early: the scheduler is stepped before the update, at micro-batches, or one is added twice',
  thread: 'https://github.com/pytorch/torchtitan/pull/1261',
  explain(facts) {
    const { expected, explains, start } = facts.curves;
    const { violation } = facts;
    // Only at its very first step is a curve that is ahead told from one that is stepped too often.
    if (violation.by === 'observation' && violation.step > start) return undefined;
    const lead = [1, 2, 3, 4].find((steps) => explains((step) => expected(step + steps)));
    if (lead === undefined) return undefined;
    return {
      message: `the learning rate follows the expected curve ${lead === 1 ? 'one step' : `${lead} steps`} early`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'step the scheduler after the optimizer, never before it: not at the head of the loop, and not at micro-batches without an update',
        'let its function count the first update as step 0',
      ],
    };
  },
};
