import type { Declared, Violation } from '../contract/rank-event.ts';
import { libraryVariations } from '../schedule/index.ts';
import type { Curve, CurveSpec, Variations, Versions } from '../schedule/schedule.ts';
import { FITTED, fit, fittedCurve } from './fitted.ts';

/** Two schedules with different formulas count as equal if they agree to this share of the peak. */
const SAME = 1e-9;
/** The same for an optimizer that holds its learning rates in single precision. */
const SAME_FLOAT32 = 2e-6;

/** A candidate is compared at this many steps at most: enough to tell any two curves apart. */
const POINTS = 128;
/** The same of the steps before an observed difference, which agreed. */
const BEFORE = 16;

/** How many values of schedules a diagnosis may still compute. It runs inside the launcher, which handles no events meanwhile. */
export interface Budget {
  left: number;
}

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
  /** A candidate for a resumed run: NaN at its first update, which still uses the learning rate from the checkpoint. */
  resumed(candidate: Curve): Curve;
  /** The same for a named schedule instead of the expected one, scaled like the group. */
  explainedBy(spec: CurveSpec): boolean;
  /** The curves of a named schedule for other values of its numeric arguments, scaled like the group; NaN if the library refuses them. */
  vary(spec: CurveSpec): Variations;
}

/** Reads the curves from what a rank reported. */
export function curvesOf(declared: Declared, violation: Violation, budget: Budget): Curves {
  const points = [...violation.window, ...spread(violation.rest ?? [], POINTS)].map(
    ([step, expected, actual]) => ({
      step,
      expected,
      actual,
    }),
  );
  const samples = new Map(declared.samples ?? []);
  const known = new Map([
    ...(violation.difference.group === 0 ? samples : []),
    ...points.map(({ step, expected }) => [step, expected] as const),
  ]);
  const peak = Math.max(...[...known.values()].map(Math.abs), 0);
  const bound = peak * (declared.float32 ? SAME_FLOAT32 : SAME);
  const same = (a: number, b: number) => Math.abs(a - b) <= bound;
  const scale = scaleOf(declared, violation.difference.group);
  const vary = (spec: CurveSpec) => guarded(spec, declared.versions, scale, budget);
  const named = [declared.expected, declared.asked].find((candidate): candidate is CurveSpec => {
    const lr = candidate ? vary(candidate)({}) : undefined;
    return lr !== undefined && points.every(({ step, expected }) => same(lr(step), expected));
  });
  // Values without a name may still be a schedule that can be varied.
  const spec = named ?? (violation.difference.group === 0 ? fit(known, declared.total, same) : undefined);
  const expected: Curve = spec ? vary(spec)({}) : (step) => known.get(step) ?? Number.NaN;
  // Every step before the first observed difference was compared, and used what was expected: no candidate may say otherwise. Not so
  // where an update that overflow skipped has shifted the curve, and at the first step of a resumed run (see `resumed`).
  const first = declared.start + (declared.start > 0 ? 1 : 0);
  const before =
    violation.by === 'observation' && !violation.skipped
      ? stepsBetween(first, violation.difference.step, BEFORE)
      : [];
  const followedBefore = (candidate: Curve) =>
    before.every((step) => {
      const [lr, wanted] = [candidate(step), expected(step)];
      return Number.isNaN(lr) || Number.isNaN(wanted) || same(lr, wanted);
    });
  const explains = (candidate: Curve) => {
    let differs = false;
    for (const { step, expected: wanted, actual } of points) {
      const lr = candidate(step);
      if (Number.isNaN(lr)) continue;
      if (!same(lr, actual)) return false;
      differs ||= !same(wanted, actual);
    }
    return differs && followedBefore(candidate) && budget.left > 0;
  };
  const restored = points.some(
    (point) => point.step === declared.start && same(point.expected, point.actual),
  );
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
    resumed: (candidate) =>
      restored ? (step) => (step === declared.start ? Number.NaN : candidate(step)) : candidate,
    explainedBy: (other) => explains(vary(other)({})),
    vary,
  };
}

/** The factor between a group's learning rates and those of the schedule. */
function scaleOf({ base_lrs }: Declared, group: number): number {
  const [first = 1, own = first] = [base_lrs[0], base_lrs[group]];
  return group === 0 || first === 0 ? 1 : own / first;
}

/** A schedule's curves: NaN at steps where the library raises, everywhere if it refuses the arguments, and once the budget is spent. */
function guarded(spec: CurveSpec, versions: Versions, scale: number, budget: Budget): Variations {
  const curves =
    spec.lib === FITTED
      ? (changes: Readonly<Record<string, number>>) => fittedCurve(spec, changes)
      : orNothing(() => libraryVariations(spec, versions));
  return (changes) => {
    const lr = curves && orNothing(() => curves(changes));
    return (step) => {
      if (!lr || step < 0 || budget.left <= 0) return Number.NaN;
      budget.left -= 1;
      return orNothing(() => lr(step) * scale) ?? Number.NaN;
    };
  };
}

/** Returns what the library computes, or undefined if it raises. */
function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** At most `most` steps from `from` to before `end`, at equal distances, the first and the last among them. */
function stepsBetween(from: number, end: number, most: number): number[] {
  const count = Math.max(0, end - from);
  if (count <= most) return Array.from({ length: count }, (_, at) => from + at);
  return Array.from({ length: most }, (_, at) => from + Math.round((at * (count - 1)) / (most - 1)));
}

/** Picks at most `most` entries of a list at equal distances, including the first and the last. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const stride = (all.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => all[Math.round(at * stride)] as T);
}
