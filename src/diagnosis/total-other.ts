import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The schedule was built for a different number of steps, and the numbers do not show why. */
export const totalOther: Mode = {
  id: 'total-other',
  title:
    'The schedule is built for a different number of steps: a default, or a data set counted before packing or filtering',
  thread: 'https://github.com/huggingface/trl/pull/979',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total) return undefined;
    return {
      message: `the schedule is built for ${total.actual} steps, but the run has ${total.expected}: ${
        total.actual > total.expected
          ? 'the run ends long before the schedule does'
          : 'the schedule ends long before the run does'
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the scheduler ${total.expected} steps, or train for ${total.actual}`,
        'check where its total comes from: a default of another layer, or a data set counted before packing, filtering or splitting',
      ],
    };
  },
};
