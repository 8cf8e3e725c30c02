import type { Curve, CurveSpec } from '../schedule/schedule.ts';

/** The family name of a schedule that was recognised in values: no library's, and known to the diagnosis alone. */
export const FITTED = 'fitted';

/** Totals that a curve of `total` values may be made for: its last value may or may not be the end of its decay. */
const ENDS = [0, -1, 1];

/** A warmup is a straight line to the peak; what comes behind it is one of these, by the share of the decay that is done. */
const decays: Readonly<Record<string, (progress: number) => number>> = {
  // First: a cosine whose minimum is its peak would be one, too.
  constant: () => 1,
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
  linear: (progress) => 1 - progress,
};

/**
 * Recognises a schedule in the values of --expect: a linear warmup from 0 (the first value at step 0, or one step ahead), then a cosine, a
 * line or a constant, down to a minimum.
 *
 * @param known The expected learning rate of every step that is known.
 * @returns the schedule as arguments that can be varied; undefined where the values are no such schedule.
 */
export function fit(
  known: ReadonlyMap<number, number>,
  total: number,
  same: (a: number, b: number) => boolean,
): CurveSpec | undefined {
  const points = [...known].toSorted(([a], [b]) => a - b);
  const [first, second] = points;
  const last = points.at(-1);
  if (first?.[0] !== 0 || !second || !last) return undefined;
  const peak = Math.max(...points.map(([, lr]) => lr));
  for (const { warmup, ahead } of warmupsOf(points, peak, same)) {
    for (const decay of Object.keys(decays)) {
      for (const off of ENDS) {
        const length = total + off;
        const floor = floorOf(decay, { warmup, length, peak }, last);
        if (!(length > warmup) || !(floor >= 0 && floor <= peak)) continue;
        const ends = decay === 'constant' ? {} : { num_training_steps: length, min_lr: floor };
        const params = { num_warmup_steps: warmup, ...ends, ahead };
        const spec = { lib: FITTED, scheduler: decay, params, lr0: peak };
        const lr = fittedCurve(spec, {});
        if (points.every(([step, expected]) => same(lr(step), expected))) return spec;
      }
    }
  }
  return undefined;
}

/** The curve of a recognised schedule, with other values for some of its arguments. */
export function fittedCurve(
  { scheduler, params, lr0 }: CurveSpec,
  changes: Readonly<Record<string, number>>,
): Curve {
  const {
    num_warmup_steps: warmup = 0,
    num_training_steps: total = 1,
    min_lr: floor = 0,
    ahead = 0,
  } = {
    ...(params as Record<string, number>),
    ...changes,
  };
  const decay = decays[scheduler] ?? (() => Number.NaN);
  return (step) => {
    if (step < warmup) return (lr0 * (step + ahead)) / warmup;
    const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
    return floor + (lr0 - floor) * decay(progress);
  };
}

/** The warmups that the first values may be: none, s/W, or (s+1)/W. */
function warmupsOf(
  points: readonly (readonly [number, number])[],
  peak: number,
  same: (a: number, b: number) => boolean,
): { warmup: number; ahead: number }[] {
  const [, first = 0] = points[0] ?? [];
  if (same(first, peak)) return [{ warmup: 0, ahead: 0 }];
  const step = points[1]?.[0] ?? 1;
  const rise = ((points[1]?.[1] ?? 0) - first) / step;
  const warmup = Math.round(peak / rise);
  return Number.isSafeInteger(warmup) && warmup > 0 ? [{ warmup, ahead: same(first, 0) ? 0 : 1 }] : [];
}

/** The minimum with which the decay passes through the last value that is known. */
function floorOf(
  decay: string,
  { warmup, length, peak }: { warmup: number; length: number; peak: number },
  [step, lr]: readonly [number, number],
): number {
  const share = decays[decay]?.(Math.min(1, (step - warmup) / Math.max(1, length - warmup))) ?? 1;
  if (share === 1) return 0;
  const floor = (lr - peak * share) / (1 - share);
  // Rounding of a floor that is 0.
  return Math.abs(floor) < 1e-12 * peak ? 0 : floor;
}
