import { RampcheckError } from '../errors.ts';

/** What the library itself raises for these arguments, in its own words, before anything is launched. */
export function refusal(schedule: string, reason: string, hint?: string): RampcheckError {
  return new RampcheckError('schedule-refused', `${schedule}: ${reason}`, hint === undefined ? {} : { hint });
}

/** A schedule that follows a metric: its values are decided by the training, so only bounds are known. */
export function notPredictable(schedule: string, bounds: string): RampcheckError {
  return new RampcheckError(
    'not-predictable',
    `${schedule} follows a metric of the training: not predictable, bounds only`,
    {
      hint: bounds,
    },
  );
}
