import { plural } from '../plural.ts';
import type { Mode } from './diagnosis.ts';
import { byDeepSpeed, configIsIntent, difference, stepping } from './words.ts';

/** The expected curve, one or more steps late: its first value is used more than once. */
export const late: Mode = {
  id: 'late',
  title: "The expected curve, one or two steps late (DeepSpeed's schedulers always are)",
  thread: 'https://github.com/deepspeedai/DeepSpeed/pull/5287',
  explain(facts) {
    const { start, expected, explains } = facts.curves;
    if (facts.violation.by === 'observation') return undefined;
    const lag = [1, 2, 3].find((steps) => explains((step) => expected(Math.max(start, step - steps))));
    if (lag === undefined) return undefined;
    const deepspeed = byDeepSpeed(facts) && !configIsIntent(facts);
    return {
      message: `the learning rate follows the expected curve ${plural(lag, 'step')} late${
        deepspeed ? ": DeepSpeed's schedulers use their first value twice" : ''
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: deepspeed
        ? [
            'delete the "scheduler" block from the DeepSpeed config: the requested schedule is then used',
            `if you want DeepSpeed's own curve, state it: --expect "deepspeed:${facts.declared.deepspeed?.scheduler} …"`,
          ]
        : [
            'build the scheduler right before the first update, and step it once after every update, the first one included',
          ],
    };
  },
};
