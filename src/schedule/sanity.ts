import { RampcheckError } from '../errors.ts';
import type { CurveSpec } from './schedule.ts';
import { spanNames } from './span.ts';

/** Counts of optimizer steps. Negative ones are wrong in every library, whether it checks them or not. */
const counts = new Set([
  ...spanNames.flat(),
  'num_decay_steps',
  'training_steps',
  'total_iters',
  'total_steps',
  'step_size',
  'T_max',
  'lr_decay_iters',
]);

/** torchtitan shortens the warmup to the run itself; axolotl's and Megatron's own checks come first. */
const clashing = spanNames.filter(
  ([warmup, total]) => total !== 'training_steps' && warmup !== 'lr_warmup_iters',
);

/** Refuses arguments that make no sense although the library would run them: a peak of 0, negative steps. */
export function assertSane({ lib, scheduler, params, lr0 }: CurveSpec): void {
  const schedule = `${lib}:${scheduler}`;
  if (typeof lr0 !== 'number') {
    const text = String(lr0);
    throw new RampcheckError('bad-learning-rate', `the learning rate is the string '${text}', not a number`, {
      hint: /^\d+e[-+]?\d+$/i.test(text)
        ? `YAML reads ${text} as a string: write ${text.replace(/e/i, '.0e')}`
        : 'write it as a number, such as 1.0e-5',
    });
  }
  if (!(lr0 > 0) || !Number.isFinite(lr0)) {
    throw new RampcheckError(
      'bad-learning-rate',
      `the learning rate is ${lr0}: a schedule needs a positive, finite peak`,
    );
  }
  for (const name of counts) {
    const value = params[name];
    if (typeof value === 'number' && value < 0) {
      throw new RampcheckError('negative-steps', `${schedule}: ${name} is ${value}: it cannot be negative`);
    }
  }
}

/** The lengths of a warmup that does not end within its run; undefined where it does, or where nobody knows. */
export function longWarmup({
  params,
}: CurveSpec): { warmup: number; total: number; name: string } | undefined {
  for (const [name, totalName] of clashing) {
    const [warmup, total] = [params[name], params[totalName]];
    if (typeof warmup === 'number' && typeof total === 'number' && warmup > total)
      return { warmup, total, name };
  }
  return undefined;
}

/** Refuses a warmup that does not end within its run, where a curve is looked at and no run is started with it. */
export function assertWarmupEnds(spec: CurveSpec): void {
  const long = longWarmup(spec);
  if (!long) return;
  throw new RampcheckError(
    'warmup-longer-than-run',
    `${spec.lib}:${spec.scheduler}: the warmup of ${long.warmup} steps is longer than the run of ${long.total}`,
    { hint: `the peak would never be reached: lower ${long.name} or make the run longer` },
  );
}
