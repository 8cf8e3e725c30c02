import type { Mode } from './diagnosis.ts';
import { argument } from './parameters.ts';
import { byDeepSpeed, configIsIntent, difference, inConfig, stepping } from './words.ts';

/** DeepSpeed warms up logarithmically unless the config sets `linear` (deepspeed 0.19.8, lr_schedules.py). */
export const logWarmup: Mode = {
  id: 'log-warmup',
  title: "DeepSpeed's default warmup is logarithmic, but a linear one is expected",
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/1298',
  explain(facts) {
    const { spec, points, same, peak } = facts.curves;
    const warmup = Math.max(2, (spec && argument(spec, 'warmup')) ?? 0);
    const { deepspeed } = facts.declared;
    if (!byDeepSpeed(facts) || configIsIntent(facts) || deepspeed?.scheduler_params?.warmup_type === 'linear')
      return undefined;
    const rising = points.filter(({ step }) => step >= 1 && step <= warmup);
    const fits = rising.every(({ step, actual }) => same(actual, (peak * Math.log(step)) / Math.log(warmup)));
    const tells = rising.some(({ actual, expected }) => !same(actual, expected));
    if (!fits || !tells) return undefined;
    return {
      message: `the warmup of DeepSpeed's ${deepspeed?.scheduler} is logarithmic by default, but a linear one is expected: half the peak is reached after √${warmup} steps`,
      ...difference(facts),
      evidence: [
        {
          ...inConfig(facts, ['scheduler', 'params', 'warmup_type']),
          text: 'no "warmup_type": "linear" in the scheduler\'s "params"',
        },
        ...stepping(facts),
      ],
      fix: ['add "warmup_type": "linear" to the scheduler\'s "params" in the DeepSpeed config'],
    };
  },
};
