import type { Declared, Violation } from '../contract/rank-event.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { Curve, CurveSpec, Versions } from '../schedule/schedule.ts';

/** Two schedules with different formulas count as equal if they agree to this share of the peak. */
const SAME = 1e-9;
/** The same for an optimizer that holds its learning rates in single precision. */
const SAME_FLOAT32 = 2e-6;

/** What is known about the expected and the actual curve of the parameter group that differs. Steps count applied updates. */
export interface Curves {
  /** The first update of this process, and the total of the whole run. */
  start: number;
  total: number;
  peak: number;
  /** The expected schedule, if it has a name. Its curve is `expected`, except for the scale of the group. */
  spec: CurveSpec | undefined;
  /** The expected learning rate of any step; NaN if it is not known. */
  expected: Curve;
  /** The expected curve of the first group, which the other groups follow; NaN if it is not known. */
  first: Curve;
  /** Steps around and after the first difference at which the actual learning rate is known. */
  points: readonly { step: number; expected: number; actual: number }[];
  /** At how many of them the curves differ: a search among many candidates needs more than one value to compare with. */
  differing: number;
  /** Returns whether two learning rates are the same. */
  same(a: number, b: number): boolean;
  /**
   * Returns whether a candidate curve explains what was seen: it gives every actual value, and at least one of them differs from the expected one.
   * Steps for which it gives NaN are ignored.
   */
  explains(candidate: Curve): boolean;
  /** The same for a resumed run: its first update still uses the learning rate from the checkpoint. */
  explainsResumed(candidate: Curve): boolean;
  /** The same for a named schedule instead of the expected one, scaled like the group; from `until` on the value stays constant. */
  explainedBy(spec: CurveSpec, until?: number): boolean;
}

/** Reads the curves from what a rank reported. */
export function curvesOf(declared: Declared, violation: Violation): Curves {
  const points = [...violation.window, ...(violation.rest ?? [])].map(([step, expected, actual]) => ({
    step,
    expected,
    actual,
  }));
  const samples = new Map(declared.samples ?? []);
  const known = new Map([
    ...(violation.difference.group === 0 ? samples : []),
    ...points.map(({ step, expected }) => [step, expected] as const),
  ]);
  const peak = Math.max(...[...known.values()].map(Math.abs), 0);
  const bound = peak * (declared.float32 ? SAME_FLOAT32 : SAME);
  const same = (a: number, b: number) => Math.abs(a - b) <= bound;
  const scale = scaleOf(declared, violation.difference.group);
  const spec = [declared.expected, declared.asked].find((candidate): candidate is CurveSpec => {
    const lr = candidate ? guarded(candidate, declared.versions, scale) : undefined;
    return lr !== undefined && points.every(({ step, expected }) => same(lr(step), expected));
  });
  const expected: Curve = spec
    ? guarded(spec, declared.versions, scale)
    : (step) => known.get(step) ?? Number.NaN;
  const explains = (candidate: Curve) => {
    const seen = points.filter(({ step }) => !Number.isNaN(candidate(step)));
    return (
      seen.every(({ step, actual }) => same(candidate(step), actual)) &&
      seen.some(({ expected, actual }) => !same(expected, actual))
    );
  };
  return {
    start: declared.start,
    total: declared.total,
    peak,
    spec,
    expected,
    first: (step) => samples.get(step) ?? Number.NaN,
    points,
    differing: points.filter(({ expected: wanted, actual }) => !same(wanted, actual)).length,
    same,
    explains,
    explainsResumed: (candidate) => {
      const restored = points.some(
        ({ step, expected, actual }) => step === declared.start && same(expected, actual),
      );
      return explains((step) => (restored && step === declared.start ? Number.NaN : candidate(step)));
    },
    explainedBy: (other, until = Number.POSITIVE_INFINITY) => {
      const lr = guarded(other, declared.versions, scale);
      return explains((step) => lr(Math.min(step, until)));
    },
  };
}

/** The factor between a group's learning rates and those of the schedule. */
function scaleOf({ base_lrs }: Declared, group: number): number {
  const [first = 1, own = first] = [base_lrs[0], base_lrs[group]];
  return group === 0 || first === 0 ? 1 : own / first;
}

/** A schedule's curve; NaN at steps where the library raises, and everywhere if it refuses the arguments. */
function guarded(spec: CurveSpec, versions: Versions, scale: number): Curve {
  let lr: Curve;
  try {
    lr = libraryCurve(spec, versions);
  } catch {
    return () => Number.NaN;
  }
  return (step) => {
    try {
      return step < 0 ? Number.NaN : lr(step) * scale;
    } catch {
      return Number.NaN;
    }
  };
}
