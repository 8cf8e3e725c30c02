import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** Only the first update uses the full learning rate: the scheduler has not written its first value yet. */
export const firstUpdateAtPeak: Mode = {
  id: 'first-update-at-peak',
  title:
    'The first update uses the full learning rate, before the scheduler writes its first value (DeepSpeed before 0.15.3)',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/5731',
  explain(facts) {
    const { start, points, same } = facts.curves;
    const [first, ...rest] = points;
    if (start !== 0 || first?.step !== 0 || rest.length === 0 || same(first.actual, first.expected))
      return undefined;
    const height = Math.max(...rest.map(({ actual }) => actual), facts.declared.base_lrs[0] ?? 0);
    if (!same(first.actual, height) || !rest.every((point) => same(point.actual, point.expected)))
      return undefined;
    const { deepspeed } = facts.declared.versions;
    return {
      message: 'the first update uses the full learning rate; the warmup begins with the second',
      ...difference(facts),
      evidence: [
        ...(deepspeed
          ? [
              {
                text: `deepspeed ${deepspeed}: 0.15.3 and later write the scheduler's first value before the first update`,
              },
            ]
          : []),
        ...stepping(facts),
      ],
      fix: deepspeed
        ? [
            'upgrade DeepSpeed to 0.15.3 or later',
            "or build the optimizer with the warmup's first learning rate",
          ]
        : ['make the scheduler write its first value when it is built, before the first update'],
    };
  },
};
