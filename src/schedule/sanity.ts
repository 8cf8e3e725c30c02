import { RampcheckError } from '../errors.ts';
import type { CurveSpec, ParameterNames } from './schedule.ts';

/** Further counts of optimizer steps. A negative one is wrong in every library, whether it checks it or not. */
const counts = ['num_decay_steps', 'step_size', 'lr_decay_iters'];

/** Refuses arguments that make no sense although the library would run them: a peak of 0, negative steps. */
export function assertSane(
  { lib, scheduler, params, lr0 }: CurveSpec,
  { warmup = [], total = [] }: ParameterNames,
): void {
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
  for (const name of [...warmup, ...total, ...counts]) {
    const value = params[name];
    if (typeof value === 'number' && value < 0) {
      throw new RampcheckError('negative-steps', `${schedule}: ${name} is ${value}: it cannot be negative`);
    }
  }
}
