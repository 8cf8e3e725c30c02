import type { Curves } from './curves.ts';
import type { Facts } from './diagnosis.ts';
import { argument, withValues } from './parameters.ts';

/** Longest total that is searched for, as a multiple of the expected one. */
const LONGEST = 12;

export interface OtherTotal {
  /** Steps that the schedule was made for, as expected and in force. */
  expected: number;
  actual: number;
  warmup: number;
  /** The warmup in force; it changes with the total when it is a share of it. */
  actualWarmup: number;
}

const found = new WeakMap<Curves, OtherTotal | null>();

/** The total for which the expected schedule gives the actual curve, with the same warmup or with the same share of it. */
export function otherTotalOf({ curves }: Facts): OtherTotal | undefined {
  let result = found.get(curves);
  if (result === undefined) {
    result = search(curves) ?? null;
    found.set(curves, result);
  }
  return result ?? undefined;
}

function search({ spec, explainedBy, differing }: Curves): OtherTotal | undefined {
  const expected = spec && argument(spec, 'total');
  if (!spec || !expected || differing < 2) return undefined;
  const warmup = argument(spec, 'warmup') ?? 0;
  for (const actual of candidates(expected)) {
    for (const actualWarmup of warmupsFor(actual, expected, warmup)) {
      const other = withValues(spec, { total: actual, warmup: actualWarmup });
      // Some schedules come back up past their total, others stay where they are.
      const stays = actual > actualWarmup + 1 && explainedBy(other, actual);
      if (explainedBy(other) || stays) return { expected, actual, warmup, actualWarmup };
    }
  }
  return undefined;
}

/** The likely ones first: nearest to the expected total, then whole multiples of it, then defaults that libraries have. */
function candidates(expected: number): number[] {
  const all = Array.from({ length: LONGEST * expected }, (_, at) => at + 1).filter(
    (total) => total !== expected,
  );
  const near = all.sort((a, b) => Math.abs(a - expected) - Math.abs(b - expected));
  return [...near, 1000, 10_000, 100_000, 150_000, 150_001, 500_000, 1_000_000].filter(
    (total, at, list) => list.indexOf(total) === at,
  );
}

function warmupsFor(total: number, expected: number, warmup: number): number[] {
  const share = (warmup * total) / expected;
  return [...new Set([warmup, Math.ceil(share), Math.floor(share)])];
}
