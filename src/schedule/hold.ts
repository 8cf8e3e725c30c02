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

/** The expected curve by step, its warmup and its length: what a failure mode distorts. */
interface Expected {
  at: Curve;
  peak: number;
  warmup: number;
  total: number;
  epoch: number;
}

/** A way in which a schedule goes wrong, as the curve that would be used instead. */
interface Mode {
  id: string;
  /** Completes "…could still be hidden: the schedule is …". */
  what: string;
  /** A projection shows it before the first step, so that it needs no step of its own. */
  projected: boolean;
  instead(expected: Expected): Curve;
}

/** Faults that the scheduler object itself carries. A projection of it shows them all. */
const projectedModes: readonly Mode[] = [
  {
    id: 'flat',
    what: 'flat at the peak',
    projected: true,
    instead:
      ({ peak }) =>
      () =>
        peak,
  },
  {
    id: 'no-warmup',
    what: 'without its warmup',
    projected: true,
    instead:
      ({ at, warmup }) =>
      (s) =>
        at(s + warmup),
  },
  {
    id: 'scaled-peak',
    what: 'at ten times the peak',
    projected: true,
    instead:
      ({ at }) =>
      (s) =>
        10 * at(s),
  },
  { id: 'log-warmup', what: "warmed up on DeepSpeed's logarithm", projected: true, instead: logWarmup },
  {
    id: 'one-late',
    what: 'one step late',
    projected: true,
    instead:
      ({ at }) =>
      (s) =>
        at(Math.max(0, s - 1)),
  },
  {
    id: 'two-late',
    what: 'two steps late',
    projected: true,
    instead:
      ({ at }) =>
      (s) =>
        at(Math.max(0, s - 2)),
  },
  {
    id: 'constant',
    what: 'constant after the warmup',
    projected: true,
    instead: (e) => decaying(e, () => 1),
  },
  {
    id: 'linear',
    what: 'linear after the warmup',
    projected: true,
    instead: (e) => decaying(e, (p) => 1 - p),
  },
  {
    id: 'cosine',
    what: 'a cosine after the warmup',
    projected: true,
    instead: (e) => decaying(e, (p) => 0.5 * (1 + Math.cos(Math.PI * p))),
  },
  { id: 'longer', what: 'made for an epoch more', projected: true, instead: (e) => stretched(e, e.epoch) },
  { id: 'shorter', what: 'made for an epoch less', projected: true, instead: (e) => stretched(e, -e.epoch) },
];

const notStepped: Mode = {
  id: 'not-stepped',
  what: 'never stepped',
  projected: false,
  instead:
    ({ at }) =>
    () =>
      at(0),
};

/**
 * N = auto (DESIGN rule 8): the smallest number of first optimizer steps in which every failure mode has differed
 * from the expected curve by more than 1e-12 of its peak. Modes that never differ on this curve are skipped.
 * Only what happens at run time (how often the scheduler is stepped) is left when a projection is there.
 */
export function holdSteps(curve: Curve, total: number, warmup: number, context: HoldContext): Hold {
  const least = Math.min(2, total);
  // Who writes the learning rate behind the scheduler's back does it after a step: the second one shows it.
  let hold: Hold = {
    steps: least,
    mode: 'behind-the-back',
    why: reason('overwritten behind the scheduler', least),
  };
  const expected = { ...tabulate(curve, total), warmup, total, epoch: context.updatesPerEpoch ?? 1 };
  const modes = [...(context.projection ? [] : projectedModes), notStepped, ...rates(context)];
  for (const { id, what, instead } of modes) {
    const differs = firstDifference(expected, instead(expected));
    if (differs !== undefined && differs + 1 > hold.steps) {
      hold = { steps: differs + 1, mode: id, why: reason(what, differs + 1) };
    }
  }
  return hold;
}

function reason(what: string, steps: number): string {
  return `a schedule that is ${what} has shown itself within the first ${steps} steps`;
}

/** Stepped k times as often, or once in k steps: k is what a mistaken unit would make it. */
function rates({ worldSize, accumulation }: HoldContext): Mode[] {
  const factors = [...new Set([2, worldSize, accumulation])].filter((k) => k > 1);
  return factors.flatMap((k): Mode[] => [
    {
      id: `too-often-${k}x`,
      what: `stepped ${k} times per update`,
      projected: false,
      instead:
        ({ at }) =>
        (s) =>
          at(k * s),
    },
    {
      id: `too-rarely-${k}x`,
      what: `stepped once in ${k} updates`,
      projected: false,
      instead:
        ({ at }) =>
        (s) =>
          at(Math.floor(s / k)),
    },
  ]);
}

/** The first step at which a distorted curve is told from the expected one; undefined when it never is. */
function firstDifference({ at, peak, total }: Expected, other: Curve): number | undefined {
  const tolerance = 1e-12 * peak;
  for (let step = 0; step < total; step++) {
    // A curve that ends (OneCycleLR past its total) is not the expected one either: NaN differs from everything.
    if (!(Math.abs(at(step) - other(step)) <= tolerance)) return step;
  }
  return undefined;
}

/** The curve up to its total, computed once; steps past it are asked of the curve itself. */
function tabulate(curve: Curve, total: number): Pick<Expected, 'at' | 'peak'> {
  const values = new Float64Array(total);
  let peak = 0;
  for (let step = 0; step < total; step++) {
    const value = curve(step);
    values[step] = value;
    if (Math.abs(value) > peak) peak = Math.abs(value);
  }
  return { at: (step) => values[step] ?? past(curve, step), peak };
}

/** A step past the end; NaN where the library raises. */
function past(curve: Curve, step: number): number {
  try {
    return curve(step);
  } catch {
    return Number.NaN;
  }
}

function logWarmup({ at, peak, warmup }: Expected): Curve {
  const steps = Math.max(2, warmup);
  return (s) => (s < warmup ? (peak / Math.log(steps)) * Math.log(s + 1) : at(s));
}

function decaying({ at, peak, warmup, total }: Expected, shape: (progress: number) => number): Curve {
  return (s) => (s < warmup ? at(s) : peak * shape((s - warmup) / Math.max(1, total - warmup)));
}

/** The decay of a run that is `more` steps longer, read between the steps of this one's. */
function stretched({ at, warmup, total }: Expected, more: number): Curve {
  const scale = (total - warmup) / Math.max(1, total - warmup + more);
  return (s) => {
    if (s < warmup) return at(s);
    const x = warmup + (s - warmup) * scale;
    const [low, share] = [Math.floor(x), x - Math.floor(x)];
    return share === 0 ? at(low) : at(low) * (1 - share) + at(low + 1) * share;
  };
}
