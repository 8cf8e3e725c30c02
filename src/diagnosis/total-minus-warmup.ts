import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The warmup is taken off a total that already holds it. */
export const totalMinusWarmup: Mode = {
  id: 'total-minus-warmup',
  title: 'The warmup is taken off the total twice: the decay ends early and the tail is flat',
  thread: 'https://github.com/areal-project/AReaL/pull/1289',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total || total.warmup === 0 || total.actual !== total.expected - total.warmup) return undefined;
    return {
      message: `the schedule is made for ${total.actual} steps, the run's ${total.expected} less its warmup of ${total.warmup}: the library takes the warmup off by itself`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [`give the scheduler all ${total.expected} steps: the total includes the warmup`],
    };
  },
};
