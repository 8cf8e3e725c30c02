import type { Mode } from './diagnosis.ts';
import { search } from './search.ts';
import { difference, stepping } from './words.ts';

/** Arguments with small values, not step counts: tried up to 100, and as halves. */
const SMALL = new Set(['num_cycles', 'power']);
const LARGEST = 100;
const HALVES = [0.5, 1.5];
/** Arguments of a schedule's shape that may have a different value: steps and cycles. */
const COUNTS = [
  'num_decay_steps',
  'num_stable_steps',
  'num_cycles',
  'T_0',
  'step_size',
  'timescale',
  'power',
];

/** The requested schedule with a different value for one of its own arguments. */
export const otherArgument: Mode = {
  id: 'other-argument',
  title:
    "One of the schedule's own arguments has a different value: the lengths of a WSD schedule, cycles, a power",
  thread: 'https://github.com/huggingface/transformers/issues/34905',
  explain(facts) {
    const { curves } = facts;
    const { spec, total, differing } = curves;
    if (!spec || differing < 2) return undefined;
    const vary = curves.vary(spec);
    for (const name of COUNTS.filter((key) => typeof spec.params[key] === 'number')) {
      const asked = spec.params[name] as number;
      const curve = (value: number) => vary({ [name]: value });
      const to = SMALL.has(name) ? LARGEST : 2 * total;
      const distance = (value: number) => Math.abs(value - asked);
      const found =
        HALVES.find((value) => to === LARGEST && curves.explains(curve(value))) ??
        search(curves, { from: 0, to, likely: [asked], curve, distance });
      if (found === undefined || found === asked) continue;
      return {
        message: `${name} is ${found} in the schedule in force, not ${spec.params[name]}`,
        ...difference(facts),
        evidence: stepping(facts),
        fix: [
          `set ${name} to ${spec.params[name]}`,
          ...(/steps/.test(name)
            ? [
                'warmup, plateau and decay must add up to the total: a part that is too long shortens the plateau',
              ]
            : []),
        ],
      };
    }
    return undefined;
  },
};
