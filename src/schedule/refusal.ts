import { RampcheckError } from '../errors.ts';

/** The error that the library itself raises for these arguments, in its own words, before anything is launched. */
export function refusal(schedule: string, reason: string, hint?: string): RampcheckError {
  return new RampcheckError('schedule-refused', `${schedule}: ${reason}`, hint === undefined ? {} : { hint });
}

/** The error for a schedule that follows a metric: the training decides its values, so only bounds are known. */
export function notPredictable(schedule: string, bounds: string): RampcheckError {
  return new RampcheckError(
    'not-predictable',
    `${schedule} follows a metric of the training: its values cannot be predicted, only its bounds`,
    {
      hint: bounds,
    },
  );
}
