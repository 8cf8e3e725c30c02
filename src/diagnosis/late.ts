import type { Mode } from './diagnosis.ts';
import { byDeepSpeed, difference, stepping } from './words.ts';

/** The expected curve, one or more steps late: its first value is used again. */
export const late: Mode = {
  id: 'late',
  title: 'The expected curve, one or two steps late (DeepSpeed schedulers are, by construction)',
  thread: 'https://github.com/deepspeedai/DeepSpeed/pull/5287',
  explain(facts) {
    const { start, expected, explains } = facts.curves;
    if (facts.violation.by === 'observation') return undefined;
    const lag = [1, 2, 3].find((steps) => explains((step) => expected(Math.max(start, step - steps))));
    if (lag === undefined) return undefined;
    const deepspeed = byDeepSpeed(facts);
    return {
      message: `the learning rate follows the expected curve ${lag === 1 ? 'one step' : `${lag} steps`} late${
        deepspeed ? ": DeepSpeed's schedulers use their first value twice" : ''
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: deepspeed
        ? [
            'delete the "scheduler" block from the DeepSpeed config: the schedule that was asked for is used then',
            `if DeepSpeed's own curve is what you want, expect it: --expect "deepspeed:${facts.declared.deepspeed?.scheduler} …"`,
          ]
        : [
            'build the scheduler right before the first update, and step it once after every update, the first one included',
          ],
    };
  },
};
