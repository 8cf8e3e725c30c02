import * as z from 'zod';
import { readParams } from './params.ts';
import { notPredictable, refusal } from './refusal.ts';
import type { Curve } from './schedule.ts';

const parameters = z.strictObject({
  mode: z.string().default('min'),
  factor: z.number().default(0.1),
  patience: z.number().default(10),
  threshold: z.number().default(1e-4),
  threshold_mode: z.string().default('rel'),
  cooldown: z.number().default(0),
  min_lr: z.number().default(0),
  eps: z.number().default(1e-8),
  /** Not a constructor argument: the metric after each step, to replay a finished run. */
  metrics: z.array(z.number()).optional(),
});

/**
 * torch 2.13 ReduceLROnPlateau (torch/optim/lr_scheduler.py:1584). Without the run's metrics only bounds
 * are known, and the refusal states them.
 */
export function reduceOnPlateau(schedule: string, params: Record<string, unknown>, lr0: number): Curve {
  const { metrics, ...given } = readParams(schedule, parameters, params);
  if (given.factor >= 1) throw refusal(schedule, 'Factor should be < 1.0.');
  if (!['min', 'max'].includes(given.mode)) throw refusal(schedule, `mode ${given.mode} is unknown!`);
  if (!['rel', 'abs'].includes(given.threshold_mode)) {
    throw refusal(schedule, `threshold mode ${given.threshold_mode} is unknown!`);
  }
  if (!metrics)
    throw notPredictable(
      schedule,
      `the learning rate stays between ${Math.min(lr0, given.min_lr)} and ${lr0}`,
    );
  const lrs = replay(metrics, lr0, given);
  return (step) => {
    const lr = lrs[step];
    if (lr === undefined) throw notPredictable(schedule, `the given metrics end at step ${lrs.length - 1}`);
    return lr;
  };
}

function replay(
  metrics: readonly number[],
  lr0: number,
  given: Omit<z.output<typeof parameters>, 'metrics'>,
): number[] {
  const lrs = [lr0];
  let [lr, best, bad, cooling] = [lr0, given.mode === 'min' ? Infinity : -Infinity, 0, 0];
  for (const metric of metrics) {
    if (isBetter(metric, best, given)) [best, bad] = [metric, 0];
    else bad += 1;
    if (cooling > 0) [cooling, bad] = [cooling - 1, 0];
    if (bad > given.patience) {
      const lower = Math.max(lr * given.factor, given.min_lr);
      if (lr - lower > given.eps) lr = lower;
      [cooling, bad] = [given.cooldown, 0];
    }
    lrs.push(lr);
  }
  return lrs;
}

function isBetter(
  value: number,
  best: number,
  { mode, threshold, threshold_mode }: { mode: string; threshold: number; threshold_mode: string },
): boolean {
  if (mode === 'min') return value < (threshold_mode === 'rel' ? best * (1 - threshold) : best - threshold);
  return value > (threshold_mode === 'rel' ? best * (threshold + 1) : best + threshold);
}
