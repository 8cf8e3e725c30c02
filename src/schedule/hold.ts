import type { Curve } from './schedule.ts';

export interface HoldContext {
  /** Whether the whole future curve is taken from the live scheduler before the first step. */
  projection: boolean;
  worldSize: number;
  accumulation: number;
  /** Optimizer steps per epoch: what a total is usually off by. 1 when not known, which is harder to see. */
  updatesPerEpoch?: number | undefined;
}

export interface Hold {
  /** N: the run is released when steps 0 … N-1 agree. */
  steps: number;
  /** The failure mode that takes the longest to show itself. */
  mode: string;
  why: string;
}

/** A way in which a schedule goes wrong, as the curve that would be used instead. */
interface Mode {
  id: string;
  /** Completes "a schedule that is … has shown itself". */
  what: string;
  instead: Known;
}

/** A curve as far as it is known: nothing is known of a step past its end. */
type Known = (step: number) => number | undefined;

const TOLERANCE = 1e-12;
/** So many first steps are looked at one by one, and as many more at equal distances: a million steps take no longer than 4096. */
const CLOSELY = 2048;
/** Who writes the learning rate behind the scheduler's back does it after a step: the second one shows it. */
const LEAST = 2;
/** Without a scheduler object a loop may follow its own share of the data; ranks whose data differ part within a few batches. */
const UNEVEN = 16;

/**
 * N = auto (DESIGN rule 8): the smallest number of first optimizer steps in which every failure mode has differed from the expected
 * curve by more than 1e-12 of its peak. Modes that never differ on this curve are skipped. With a projection only what happens at run
 * time (how often the scheduler is stepped) is left; without one, N is also never less than the first place where the curve bends.
 * In a rank the same rule is src/node/inject/rampcheck_callback/hold.py.
 */
export function holdSteps(
  curve: Curve,
  total: number,
  { projection, worldSize, accumulation, updatesPerEpoch = 1 }: HoldContext,
): Hold {
  const expected = makeExpected(curve, total);
  const least = Math.min(LEAST, total);
  let hold: Hold = {
    steps: least,
    mode: 'behind-the-back',
    why: shown('overwritten behind the scheduler', least),
  };
  const modes = [
    ...(projection ? [] : projectedModes(expected, updatesPerEpoch)),
    ...rateModes(expected, worldSize, accumulation),
  ];
  for (const { id, what, instead } of modes) {
    const steps = (firstDifference(expected, instead) ?? -1) + 1;
    if (steps > hold.steps) hold = { steps, mode: id, why: shown(what, steps) };
  }
  if (projection) return hold;
  const bent = (firstBend(expected) ?? -1) + 1;
  if (bent > hold.steps)
    hold = {
      steps: bent,
      mode: 'bend',
      why: `the curve bends for the first time within the first ${bent} steps`,
    };
  const uneven = Math.min(UNEVEN, total);
  if (expected.moves && uneven > hold.steps)
    hold = {
      steps: uneven,
      mode: 'uneven-data',
      why: `ranks that follow their own data have parted within the first ${uneven} steps`,
    };
  return hold;
}

function shown(what: string, steps: number): string {
  return `a schedule that is ${what} has shown itself within the first ${steps} steps`;
}

/** The expected curve where it is looked at: what a failure mode distorts. */
interface Expected {
  at: Known;
  total: number;
  points: readonly number[];
  peak: number;
  /** Steps before the curve stops rising; 0 for one that begins with a fall, or that never stops. */
  warmup: number;
  moves: boolean;
}

function makeExpected(curve: Curve, total: number): Expected {
  const known = new Map<number, number>();
  const at = (step: number) => {
    if (step >= total) return undefined;
    const value = known.get(step) ?? curve(step);
    known.set(step, value);
    return value;
  };
  const points = pointsOf(total);
  const values = points.map((step) => at(step) as number);
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const moves = values.some((value) => Math.abs(value - (values[0] as number)) > TOLERANCE * peak);
  return { at, total, points, peak, moves, warmup: warmupOf(at, points, TOLERANCE * peak) };
}

function pointsOf(total: number): number[] {
  const stride = Math.max(1, Math.ceil((total - CLOSELY) / CLOSELY));
  const points = Array.from({ length: Math.min(total, CLOSELY) }, (_, step) => step);
  for (let step = CLOSELY; step < total; step += stride) points.push(step);
  return points;
}

function warmupOf(at: Known, points: readonly number[], bound: number): number {
  const value = (step: number | undefined) => at(step as number) as number;
  let rises = false;
  for (let place = 1; place < points.length; place++) {
    const change = value(points[place]) - value(points[place - 1]);
    if (change > bound) rises = true;
    else if (rises) {
      let highest = points[place - 2] as number;
      for (let step = highest + 1; step <= (points[place] as number); step++)
        if (value(step) > value(highest)) highest = step;
      return highest;
    } else if (change < -bound) return 0;
  }
  return 0;
}

/** Faults that the scheduler object itself carries. A projection of it shows them all. */
function projectedModes(expected: Expected, epoch: number): Mode[] {
  const { at, peak, warmup } = expected;
  const log = peak / Math.log(Math.max(2, warmup));
  return [
    { id: 'flat', what: 'flat at the peak', instead: () => peak },
    { id: 'no-warmup', what: 'without its warmup', instead: (s) => at(s + warmup) },
    { id: 'scaled-peak', what: 'at ten times the peak', instead: (s) => 10 * (at(s) as number) },
    {
      id: 'log-warmup',
      what: "warmed up on DeepSpeed's logarithm",
      instead: (s) => (s < warmup ? log * Math.log(s + 1) : at(s)),
    },
    { id: 'one-late', what: 'one step late', instead: (s) => at(Math.max(0, s - 1)) },
    { id: 'two-late', what: 'two steps late', instead: (s) => at(Math.max(0, s - 2)) },
    { id: 'constant', what: 'constant after the warmup', instead: decaying(expected, () => 1) },
    { id: 'linear', what: 'linear after the warmup', instead: decaying(expected, (p) => 1 - p) },
    {
      id: 'cosine',
      what: 'a cosine after the warmup',
      instead: decaying(expected, (p) => 0.5 * (1 + Math.cos(Math.PI * p))),
    },
    { id: 'longer', what: 'made for an epoch more', instead: stretched(expected, epoch) },
    { id: 'shorter', what: 'made for an epoch less', instead: stretched(expected, -epoch) },
  ];
}

/** Never stepped, stepped k times as often, or once in k steps: k is what a mistaken unit would make it. */
function rateModes({ at }: Expected, worldSize: number, accumulation: number): Mode[] {
  const factors = [...new Set([2, worldSize, accumulation])].filter((k) => k > 1);
  return [
    { id: 'not-stepped', what: 'never stepped', instead: () => at(0) },
    ...factors.flatMap((k): Mode[] => [
      { id: `too-often-${k}x`, what: `stepped ${k} times per update`, instead: (s) => at(k * s) },
      {
        id: `too-rarely-${k}x`,
        what: `stepped once in ${k} updates`,
        instead: (s) => at(Math.floor(s / k)),
      },
    ]),
  ];
}

/** The first step at which a distorted curve is told from the expected one; undefined when it never is. */
function firstDifference(expected: Expected, other: Known): number | undefined {
  return first(expected, (step) => {
    const instead = other(step);
    return (
      instead !== undefined &&
      !(Math.abs((expected.at(step) as number) - instead) <= TOLERANCE * expected.peak)
    );
  });
}

/** The first step that does not lie on the straight line through the first two. */
function firstBend(expected: Expected): number | undefined {
  const { at, peak, total } = expected;
  if (total < 2) return undefined;
  const start = at(0) as number;
  const slope = (at(1) as number) - start;
  // Rounding errors of the slope grow with the distance.
  return first(
    expected,
    (step) => Math.abs((at(step) as number) - (start + step * slope)) > peak * (TOLERANCE + 1e-15 * step),
  );
}

function first({ points }: Expected, test: (step: number) => boolean): number | undefined {
  let previous = -1;
  for (const point of points) {
    if (test(point)) {
      for (let step = previous + 1; step < point; step++) if (test(step)) return step;
      return point;
    }
    previous = point;
  }
  return undefined;
}

function decaying({ at, peak, warmup, total }: Expected, shape: (progress: number) => number): Known {
  return (s) => (s < warmup ? at(s) : peak * shape((s - warmup) / Math.max(1, total - warmup)));
}

/** The decay of a run that is `more` steps longer, read between the steps of this one's. */
function stretched({ at, warmup, total }: Expected, more: number): Known {
  const length = total - warmup;
  const scale = length / Math.max(1, length + more);
  return (s) => {
    if (s < warmup) return at(s);
    const place = warmup + (s - warmup) * scale;
    const low = Math.floor(place);
    const share = place - low;
    if (share === 0) return at(low);
    const [left, right] = [at(low), at(low + 1)];
    return left === undefined || right === undefined ? undefined : left * (1 - share) + right * share;
  };
}
