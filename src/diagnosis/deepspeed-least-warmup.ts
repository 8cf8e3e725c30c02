import type { Mode } from './diagnosis.ts';
import { argument } from './parameters.ts';
import { byDeepSpeed, configIsIntent, difference, inConfig, stepping } from './words.ts';

/** DeepSpeed's schedulers never warm up for fewer than two steps (deepspeed 0.19.8, lr_schedules.py, WarmupLR). */
export const deepspeedLeastWarmup: Mode = {
  id: 'deepspeed-least-warmup',
  title: 'No warmup was requested, but DeepSpeed always warms up for two steps, at its starting value',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/771',
  explain(facts) {
    const { spec, points, same } = facts.curves;
    const [first] = points;
    if (
      !byDeepSpeed(facts) ||
      configIsIntent(facts) ||
      !spec ||
      (argument(spec, 'warmup') ?? 0) >= 2 ||
      !first
    )
      return undefined;
    if (first.step !== 0 || !same(first.actual, 0) || same(first.expected, 0)) return undefined;
    return {
      message: `no warmup was requested, but DeepSpeed's ${facts.declared.deepspeed?.scheduler} warms up for at least two steps: both use a learning rate of 0`,
      ...difference(facts),
      evidence: [
        {
          ...inConfig(facts, ['scheduler', 'params', 'warmup_num_steps']),
          text: 'a warmup of fewer than 2 steps becomes 2',
        },
        ...stepping(facts),
      ],
      fix: [
        'delete the "scheduler" block from the DeepSpeed config: transformers\' own schedule starts at the peak',
      ],
    };
  },
};
