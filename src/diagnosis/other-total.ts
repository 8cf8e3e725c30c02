import type { Curve } from '../schedule/schedule.ts';
import type { Curves } from './curves.ts';
import type { Facts } from './diagnosis.ts';
import { argument, changesTo } from './parameters.ts';
import { search } from './search.ts';
import { factorsOf } from './words.ts';

/** Longest total that is searched for, as a multiple of the expected one. */
const LONGEST = 12;
/** Totals that libraries and examples have of their own. */
const DEFAULTS = [1000, 10_000, 100_000, 150_000, 150_001, 500_000, 1_000_000];

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
export function otherTotalOf(facts: Facts): OtherTotal | undefined {
  const { curves } = facts;
  let result = found.get(curves);
  if (result === undefined) {
    result = find(facts) ?? null;
    found.set(curves, result);
  }
  return result ?? undefined;
}

function find(facts: Facts): OtherTotal | undefined {
  const { curves } = facts;
  const { spec, differing, points } = curves;
  const expected = spec && argument(spec, 'total');
  if (!spec || !expected || differing < 2) return undefined;
  const warmup = argument(spec, 'warmup') ?? 0;
  const share = warmup / expected;
  const vary = curves.vary(spec);
  const lastSeen = Math.max(...points.map(({ step }) => step));
  const { ranks, accumulation } = factorsOf(facts);
  const factors = [ranks, accumulation, ranks * accumulation];
  const likely = [
    expected,
    ...factors.flatMap((factor) => [expected * factor, Math.round(expected / factor)]),
  ];
  const distance = (total: number) => Math.abs(total - expected);
  // The warmup stays, or it is a share of the total, rounded up or down.
  const warmups = [
    () => warmup,
    ...(warmup > 0 ? [Math.ceil, Math.floor].map((round) => (total: number) => round(share * total)) : []),
  ];
  const found = warmups.flatMap((warmupOf) => {
    const made = (total: number) => vary(changesTo(spec, { total, warmup: warmupOf(total) }));
    // Some schedules come back up past their total, others stay where they are.
    const stays = (total: number): Curve => {
      const lr = made(total);
      return total > warmupOf(total) + 1 ? (step) => lr(Math.min(step, total)) : () => Number.NaN;
    };
    const to = LONGEST * expected;
    const totals = [
      search(curves, { from: 1, to, likely, curve: made, distance }),
      search(curves, { from: 1, to: Math.min(to, lastSeen), likely, curve: stays, distance }),
      DEFAULTS.find((total) => total > to && curves.explains(made(total))),
    ];
    return totals.flatMap((actual) =>
      actual === undefined || actual === expected
        ? []
        : [{ expected, actual, warmup, actualWarmup: warmupOf(actual) }],
    );
  });
  return found.sort((a, b) => distance(a.actual) - distance(b.actual) || a.actual - b.actual)[0];
}
