import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The schedule was made for another number of steps, for no reason that the numbers tell. */
export const totalOther: Mode = {
  id: 'total-other',
  title:
    'The schedule is made for another number of steps: a default, a data set counted before packing or filtering',
  thread: 'https://github.com/huggingface/trl/pull/979',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total) return undefined;
    return {
      message: `the schedule is made for ${total.actual} steps, the run has ${total.expected}: ${
        total.actual > total.expected
          ? 'it ends long before the schedule does'
          : 'the schedule ends long before the run does'
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the scheduler ${total.expected} steps, or train for ${total.actual}`,
        'look where its total comes from: a default of another layer, or a data set counted before packing, filtering or splitting',
      ],
    };
  },
};
