import { RampcheckError } from '../errors.ts';
import { countJobSteps, versionsFor } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { planCurve } from '../plan/planned-curve.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { CurveSpec, Versions } from '../schedule/schedule.ts';

/** The curve that a log is compared with: the learning rate of every optimizer step, and its name. */
export interface ExpectedCurve {
  name: string;
  spec: CurveSpec | null;
  lrs: ArrayLike<number>;
  /** The curve that replaces it because of the command's files, or null. */
  instead: { name: string; lrs: ArrayLike<number> } | null;
}

/**
 * The curve that a command requests, over all of its steps.
 *
 * @throws RampcheckError `no-curve` if its schedule follows a metric or its total is not known.
 */
export function expectedByCommand(job: Job): ExpectedCurve {
  const counts = countJobSteps(job);
  const { spec, why, nominal, wouldRun } = planCurve(job, counts);
  const { total } = counts;
  if (spec === null)
    throw new RampcheckError('no-curve', `there is no curve to compare the log with: ${why}`);
  if (total.value === null) {
    throw new RampcheckError('no-curve', `the total of optimizer steps is not known: ${total.why}`, {
      hint: `give --samples N, or --expect "${spec.lib}:${spec.scheduler} lr=${spec.lr0} total=N" (the ${nominal} steps that plan shows are an assumption)`,
    });
  }
  const count = total.value;
  const versions = versionsFor(job);
  return {
    name: nameOf(spec),
    spec,
    lrs: sampled(spec, versions, count),
    instead: wouldRun && { name: nameOf(wouldRun), lrs: sampled(wouldRun, versions, count) },
  };
}

export function nameOf({ lib, scheduler }: CurveSpec): string {
  return `${lib}:${scheduler}`;
}

function sampled(spec: CurveSpec, versions: Versions, count: number): Float64Array {
  const lr = libraryCurve(spec, versions);
  return Float64Array.from({ length: count }, (_, step) => lr(step));
}
