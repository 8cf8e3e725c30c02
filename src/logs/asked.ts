import { RampcheckError } from '../errors.ts';
import { countJobSteps, versionsFor } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { planCurve } from '../plan/planned-curve.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { CurveSpec, Versions } from '../schedule/schedule.ts';

/** What a log is held against: the rate of every optimizer step, and how it is called. */
export interface Asked {
  name: string;
  spec: CurveSpec | null;
  lrs: ArrayLike<number>;
  /** What the command's files put in its place, when they do. */
  instead: { name: string; lrs: ArrayLike<number> } | null;
}

/**
 * The curve that a command asks for, over all of its steps.
 *
 * @throws RampcheckError `no-curve` when its schedule follows a metric or its total is not known.
 */
export function askedBy(job: Job): Asked {
  const counts = countJobSteps(job);
  const { spec, why, nominal, wouldRun } = planCurve(job, counts);
  const { total } = counts;
  if (spec === null)
    throw new RampcheckError('no-curve', `there is no curve to hold the log against: ${why}`);
  if (total.value === null) {
    throw new RampcheckError('no-curve', `the total of optimizer steps is not known: ${total.why}`, {
      hint: `give --samples N, or --expect "${spec.lib}:${spec.scheduler} lr=${spec.lr0} total=N" (${nominal} steps are only assumed by plan)`,
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
