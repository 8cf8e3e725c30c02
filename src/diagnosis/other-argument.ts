import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

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
    const { spec, total, explainedBy, differing } = facts.curves;
    if (!spec || differing < 2) return undefined;
    for (const name of COUNTS.filter((key) => typeof spec.params[key] === 'number')) {
      const values = [0.5, 1.5, ...Array.from({ length: 2 * total }, (_, at) => at)];
      const found = values.find(
        (value) =>
          value !== spec.params[name] && explainedBy({ ...spec, params: { ...spec.params, [name]: value } }),
      );
      if (found === undefined) continue;
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
