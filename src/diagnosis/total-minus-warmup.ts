import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The warmup is subtracted from the total although the library subtracts it too. */
export const totalMinusWarmup: Mode = {
  id: 'total-minus-warmup',
  title: 'The warmup is subtracted from the total twice: the decay ends early and the tail is flat',
  thread: 'https://github.com/areal-project/AReaL/pull/1289',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total || total.warmup === 0 || total.actual !== total.expected - total.warmup) return undefined;
    return {
      message: `the schedule is built for ${total.actual} steps: the run's ${total.expected} minus its warmup of ${total.warmup}, which the library subtracts itself`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [`give the scheduler all ${total.expected} steps: the total includes the warmup`],
    };
  },
};
