import { findSchedule } from './families.ts';
import { assertSane } from './sanity.ts';
import type { Curve, CurveSpec, Variations, Versions } from './schedule.ts';
import { assertWarmupEnds } from './span.ts';

export { families, findSchedule } from './families.ts';

/**
 * The expected curve of a schedule: `curve(spec)(s)` is the learning rate that optimizer step `s` uses.
 *
 * @throws RampcheckError (exit 2) for an unknown schedule, for arguments that the library refuses, and for arguments
 * that make no sense (a warmup longer than the run, a peak of 0). The curve itself throws at a step where the
 * library raises: OneCycleLR past its total.
 */
export function curve(spec: CurveSpec, versions: Versions = {}): Curve {
  const lr = runnableCurve(spec, versions);
  assertWarmupEnds(spec);
  return lr;
}

/**
 * The same for a run that is asked for: a warmup longer than the run is what will run, and no reason to refuse it.
 *
 * @throws RampcheckError (exit 2) for everything else that `curve` refuses.
 */
export function runnableCurve(spec: CurveSpec, versions: Versions = {}): Curve {
  const { schedule } = findSchedule(spec.lib, spec.scheduler);
  assertSane(spec, schedule.names);
  return schedule.curve(spec.params, spec.lr0, versions);
}

/**
 * The library's curve for these arguments, sensible or not: to show what a faulty configuration would run.
 *
 * @throws RampcheckError (exit 2) only if the library itself raises.
 */
export function libraryCurve(spec: CurveSpec, versions: Versions = {}): Curve {
  return findSchedule(spec.lib, spec.scheduler).schedule.curve(spec.params, spec.lr0, versions);
}

/**
 * The curves of one schedule for other values of its numeric arguments, for a search among many of them.
 *
 * @throws RampcheckError as `libraryCurve` does.
 */
export function libraryVariations(spec: CurveSpec, versions: Versions = {}): Variations {
  const { schedule } = findSchedule(spec.lib, spec.scheduler);
  return (
    schedule.vary?.(spec.params, spec.lr0, versions) ??
    ((changes) => schedule.curve({ ...spec.params, ...changes }, spec.lr0, versions))
  );
}
