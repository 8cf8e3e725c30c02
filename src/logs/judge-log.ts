import { plural } from '../plural.ts';
import type { LoggedRate } from './log.ts';

/**
 * Which learning rate a line shows after g finished steps: the one that step g − 1 used, or the one that step g will use. Libraries
 * do both, depending on the version and on who steps the scheduler.
 */
export type Shown = 'used' | 'next';

export interface LogDifference {
  /** The optimizer step that the rate belongs to. */
  step: number;
  line: number | null;
  file: string;
  logged: number;
  expected: number;
  /** How far apart the two may be, given the digits that were printed. */
  within: number;
}

export interface LogVerdict {
  /** `unverified`: the log does not show whether the curve was followed. */
  outcome: 'agrees' | 'differs' | 'unverified';
  /** Why it is unverified. */
  why: string | null;
  shown: Shown | null;
  /** How many rates had an expected value. */
  compared: number;
  /** First and last optimizer step among them. */
  steps: [number, number] | null;
  /** The largest distance, before the first difference. */
  deviation: number;
  difference: LogDifference | null;
}

type Rate = LoggedRate & { file: string };

/** Up to this many steps late, a log cannot be distinguished from one with as many skipped steps. */
const MOST_LATE = 64;

/**
 * Compares logged rates with the expected curve: `expected[s]` is the rate that optimizer step s uses, and steps past its end are not
 * judged. Two numbers agree within 1e-12 of the peak and the half unit of the last printed digit.
 */
export function judgeLog(rates: readonly Rate[], expected: ArrayLike<number>): LogVerdict {
  const curve: Curve = { lrs: expected, peak: peakOf(expected) };
  const both = (['used', 'next'] as const).map((shown) => alignedAs(shown, rates, curve));
  const [used, next] = both as [Aligned, Aligned];
  const best = next.agreeing > used.agreeing ? next : used;
  const verdict = {
    shown: best.shown,
    compared: best.compared,
    steps: best.steps,
    deviation: best.deviation,
    difference: best.difference,
  };
  if (best.compared === 0)
    return { ...verdict, shown: null, ...unverified('no logged step lies on the expected curve') };
  if (best.difference) {
    const late = lateBy(rates, curve, best);
    if (late === undefined) return { ...verdict, outcome: 'differs', why: null };
    return {
      ...verdict,
      ...unverified(
        `from step ${best.difference.step} on the log follows the expected curve ${plural(late, 'step')} late: ` +
          'updates skipped by fp16 look like this, and so does a schedule that starts late',
      ),
    };
  }
  if (best.flat && !isFlat(curve)) {
    const what = best.compared === 1 ? 'the only rate shows' : `the ${best.compared} rates show`;
    return {
      ...verdict,
      ...unverified(`${what} only that the learning rate is constant so far: it is too early to tell`),
    };
  }
  // If both readings fit equally well, the log does not show which one it uses: `shown` stays null.
  return {
    ...verdict,
    shown: used.difference || next.difference ? best.shown : null,
    outcome: 'agrees',
    why: null,
  };
}

/** The expected rate of every step, and the highest of them. */
interface Curve {
  lrs: ArrayLike<number>;
  peak: number;
}

interface Aligned {
  shown: Shown;
  compared: number;
  /** How many agree before the first difference. */
  agreeing: number;
  steps: [number, number] | null;
  deviation: number;
  difference: LogDifference | null;
  /** A constant learning rate would have agreed as well. */
  flat: boolean;
}

function alignedAs(shown: Shown, rates: readonly Rate[], { lrs, peak }: Curve): Aligned {
  const found: Aligned = {
    shown,
    compared: 0,
    agreeing: 0,
    steps: null,
    deviation: 0,
    difference: null,
    flat: true,
  };
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { done, lr, rounding, line, file } of rates) {
    const step = shown === 'used' ? done - 1 : done;
    const wanted = lrs[step];
    if (step < 0 || wanted === undefined) continue;
    const within = 1e-12 * peak + rounding;
    const apart = Math.abs(lr - wanted);
    found.compared += 1;
    found.steps = [Math.min(found.steps?.[0] ?? step, step), Math.max(found.steps?.[1] ?? step, step)];
    [low, high] = [Math.max(low, lr - within), Math.min(high, lr + within)];
    if (found.difference) continue;
    if (apart <= within) {
      found.agreeing += 1;
      found.deviation = Math.max(found.deviation, apart);
    } else found.difference = { step, line, file, logged: lr, expected: wanted, within };
  }
  found.flat = low <= high;
  return found;
}

/** By how many steps the log lags from its first difference on, if at least three rates agree on it. */
function lateBy(rates: readonly Rate[], curve: Curve, { shown, difference }: Aligned): number | undefined {
  const from = difference?.step ?? 0;
  const rest = rates.filter(({ done }) => done > from);
  for (let late = 1; late <= MOST_LATE; late++) {
    const shifted = alignedAs(
      shown,
      rest.map((rate) => ({ ...rate, done: rate.done - late })),
      curve,
    );
    if (!shifted.difference && shifted.compared >= 3 && !shifted.flat) return late;
  }
  return undefined;
}

function unverified(why: string): Pick<LogVerdict, 'outcome' | 'why'> {
  return { outcome: 'unverified', why };
}

function isFlat({ lrs, peak }: Curve): boolean {
  const first = lrs[0] ?? 0;
  for (let step = 0; step < lrs.length; step++) {
    if (Math.abs((lrs[step] ?? 0) - first) > 1e-12 * peak) return false;
  }
  return true;
}

function peakOf(rates: ArrayLike<number>): number {
  let peak = 0;
  for (let step = 0; step < rates.length; step++) peak = Math.max(peak, Math.abs(rates[step] ?? 0));
  return peak;
}
