import { cos } from './fp.ts';

/**
 * Linear warmup from 0, then `numCycles` waves of a cosine from 1 down to `ratio`, as a factor by step. Progress is
 * not clamped: past `total` the factor rises again (transformers 5.23 optimization.py
 * _get_cosine_schedule_with_warmup_lr_lambda; copied by torchtune and axolotl).
 */
export function warmupCosine(
  warmup: number,
  total: number,
  numCycles: number,
  ratio: number,
  rise: (progress: number) => number = (progress) => progress,
): (step: number) => number {
  const [ramp, decay] = [Math.max(1, warmup), Math.max(1, total - warmup)];
  return (step) => {
    if (step < warmup) return rise(step / ramp);
    const progress = (step - warmup) / decay;
    const factor = 0.5 * (1 + cos(Math.PI * numCycles * 2 * progress));
    return Math.max(0, factor * (1 - ratio) + ratio);
  };
}
