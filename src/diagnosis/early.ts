import { plural } from '../plural.ts';
import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The expected curve, some steps ahead: the scheduler was stepped before the first update, or the step count is one too high. */
export const early: Mode = {
  id: 'early',
  title:
    'The expected curve, some steps early: the scheduler is stepped before the update or at micro-batches, or the step count is one too high',
  thread: 'https://github.com/pytorch/torchtitan/pull/1261',
  explain(facts) {
    const { expected, explains, start } = facts.curves;
    const { violation } = facts;
    // Only at the very first step can a curve that is ahead be distinguished from one that is stepped too often.
    if (violation.by === 'observation' && violation.step > start) return undefined;
    const lead = [1, 2, 3, 4].find((steps) => explains((step) => expected(step + steps)));
    if (lead === undefined) return undefined;
    return {
      message: `the learning rate follows the expected curve ${plural(lead, 'step')} early`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'step the scheduler after the optimizer, never before it: not at the start of the loop, and not at micro-batches without an update',
        'make the schedule function count the first update as step 0',
      ],
    };
  },
};
