/** How two curves differ over the same steps. */
export interface Difference {
  /** The first optimizer step that differs by more than 1e-12 of the peak. */
  step: number;
  lrs: [number, number];
  /** The step with the largest difference. */
  widest: { step: number; lrs: [number, number] };
}

/** The first and the largest difference above 1e-12 of the higher peak; undefined if the curves agree. */
export function compare(
  steps: readonly number[],
  left: readonly number[],
  right: readonly number[],
): Difference | undefined {
  const peak = Math.max(peakOf(left), peakOf(right));
  let difference: Difference | undefined;
  for (const [i, step] of steps.entries()) {
    const lrs: [number, number] = [left[i] ?? Number.NaN, right[i] ?? Number.NaN];
    const apart = Math.abs(lrs[0] - lrs[1]);
    if (apart <= 1e-12 * peak) continue;
    difference ??= { step, lrs, widest: { step, lrs } };
    const { widest } = difference;
    if (apart > Math.abs(widest.lrs[0] - widest.lrs[1])) difference.widest = { step, lrs };
  }
  return difference;
}

function peakOf(lrs: readonly number[]): number {
  let peak = 0;
  for (const lr of lrs) if (Math.abs(lr) > peak) peak = Math.abs(lr);
  return peak;
}
