import type { Curve } from '../schedule/schedule.ts';
import type { Curves } from './curves.ts';

/** A whole number of a schedule that the search looks for: its range, and the curve that each value gives. */
export interface Unknown {
  from: number;
  to: number;
  /** The expected value, then other likely ones. The search tries all of them, and looks closely around the first. */
  likely: readonly number[];
  /** Values at which the rate may change its direction, if they are known. */
  turns?: readonly number[];
  curve(value: number): Curve;
  /** If several values explain what was seen, a likely one wins, then the one with the least `distance`. */
  distance(value: number): number;
}

/** In a range of at most this many values, every value is tried. */
const FEW = 512;
/** Landmarks: every value up to this distance from a place of interest, then each this factor further away. */
const CLOSE = 32;
const FACTOR = 1.1;

/**
 * Returns the value whose curve explains what was seen, or undefined if none does.
 *
 * At one optimizer step, the learning rate is a function of the unknown that changes its direction only a few times. Between two
 * landmarks it either crosses the rate that was seen or not. Bisection finds the crossing: a range of values that this one step
 * cannot tell apart. Every further point narrows the range. The number of curves therefore grows with the logarithm of the range,
 * not with the length of the run.
 */
export function search(curves: Curves, unknown: Unknown): number | undefined {
  const { from, to } = unknown;
  if (to - from < FEW) {
    const values = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    return best(curves, unknown, values);
  }
  const differing = curves.points.filter(({ expected, actual }) => !curves.same(expected, actual));
  const marks = landmarks(unknown, differing);
  for (const pivot of new Set([differing[0], differing.at(-1)])) {
    if (!pivot) continue;
    const ranges = crossings(marks, (value) => sideOf(curves, unknown, value, pivot));
    const found = best(
      curves,
      unknown,
      ranges.flatMap((range) => narrow(curves, unknown, range) ?? []),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

type Point = Curves['points'][number];
/** Values from `low` to `high`, both included. */
type Range = readonly [low: number, high: number];
/** -1, 0 or 1: the rate for this value is below, equal to or above the one that was seen. NaN if the library refuses the value. */
type Side = (value: number) => number;

function sideOf(curves: Curves, unknown: Unknown, value: number, { step, actual }: Point): number {
  const lr = unknown.curve(value)(step);
  return curves.same(lr, actual) ? 0 : Math.sign(lr - actual);
}

/** The ranges in which the rate equals the one that was seen. A range is found if neighbouring landmarks lie on different sides. */
function crossings(marks: readonly number[], side: Side): Range[] {
  const ranges: Range[] = [];
  const sides = marks.map(side);
  for (const [at, value] of marks.entries()) {
    const [before, here] = [marks[at - 1], sides[at] ?? Number.NaN];
    if (here === 0) {
      const low = before === undefined || sides[at - 1] === 0 ? value : firstAt(before, value, side, here);
      const open = ranges.at(-1);
      if (sides[at - 1] === 0 && open) ranges[ranges.length - 1] = [open[0], value];
      else ranges.push([low, value]);
    } else if (before !== undefined && sides[at - 1] === 0) {
      const [low = before] = ranges.at(-1) ?? [];
      ranges[ranges.length - 1] = [low, lastAt(before, value, side, 0)];
    } else if (before !== undefined && here === -(sides[at - 1] ?? 0)) {
      const low = lastAt(before, value, side, -here) + 1;
      if (side(low) === 0) ranges.push([low, lastAt(low, value, side, 0)]);
    }
  }
  return ranges;
}

/** Narrows a range by every point, and returns the values in it that may be meant: its ends and the likely ones. */
function narrow(curves: Curves, unknown: Unknown, [first, last]: Range): number[] | undefined {
  let [low, high] = [first, last];
  for (const point of curves.points) {
    const side: Side = (value) => sideOf(curves, unknown, value, point);
    const [atLow, atHigh] = [side(low), side(high)];
    if (atLow === 0 && atHigh === 0) continue;
    if (low === high || atLow === atHigh) return undefined;
    if (atLow !== 0) low = lastAt(low, high, side, atLow) + 1;
    if (side(low) !== 0) return undefined;
    if (atHigh !== 0) high = lastAt(low, high, side, 0);
  }
  const nearest = unknown.likely.filter((value) => value > low && value < high);
  return [low, high, ...nearest];
}

/** The last value from `low` on with this side. `low` has it, `high` does not, and it changes once between them. */
function lastAt(low: number, high: number, side: Side, wanted: number): number {
  let [has, lacks] = [low, high];
  while (lacks - has > 1) {
    const middle = Math.floor((has + lacks) / 2);
    if (side(middle) === wanted) has = middle;
    else lacks = middle;
  }
  return has;
}

/** The first value up to `high` with this side. `high` has it, `low` does not. */
function firstAt(low: number, high: number, side: Side, wanted: number): number {
  return -lastAt(-high, -low, (value) => side(-value), wanted);
}

/** The values at which the rate is computed: close together near the start and near the expected value, further apart elsewhere. */
function landmarks({ from, to, likely, turns = [] }: Unknown, differing: readonly Point[]): number[] {
  const [expected = from, ...others] = likely;
  const around = distances(to - from, FACTOR ** 2).flatMap((far) => [expected - far, expected + far]);
  const steps = [differing[0]?.step ?? from, differing.at(-1)?.step ?? from];
  const marks = [
    ...[...distances(to - from, FACTOR).map((far) => from + far), ...around],
    ...[...others, ...steps, ...turns, to],
  ];
  return [...new Set(marks)]
    .filter((value) => Number.isInteger(value) && value >= from && value <= to)
    .sort((a, b) => a - b);
}

/** 0, 1, 2, …, then each longer than the one before by a factor. */
function distances(longest: number, share: number): number[] {
  const all: number[] = [];
  for (let far = 0; far <= longest; far = far < CLOSE ? far + 1 : Math.ceil(far * share)) all.push(far);
  return all;
}

/** Of the values that explain what was seen, the one to prefer. */
function best(
  curves: Curves,
  { likely, distance, curve }: Unknown,
  values: readonly number[],
): number | undefined {
  const place = (value: number) => (likely.includes(value) ? 0 : 1);
  return [...values]
    .sort((a, b) => place(a) - place(b) || distance(a) - distance(b) || a - b)
    .find((value) => curves.explains(curve(value)));
}
