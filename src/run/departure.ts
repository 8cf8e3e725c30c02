import type { Violation } from '../contract/rank-event.ts';
import { type Contradiction, ofEveryTraining, type Rank, type Run } from './run.ts';

/** A departure: the training left its requested schedule and was allowed to continue (--on-mismatch warn, --after-release warn). */
export type Departure = {
  /** The first optimizer step to which this applies. */
  step: number;
} & ({ rank: Rank; violation: Violation } | { contradiction: Contradiction });

/** The earliest departure of a run that did not end because of it; undefined if there is none, or if no optimizer step was made. */
export function departureOf(run: Run): Departure | undefined {
  const { cause, state } = run;
  const ranks = [...run.ranks.values()];
  if (cause?.kind === 'violation' || cause?.kind === 'contradiction') return undefined;
  if (state !== 'released' && ranks.every(({ steps }) => steps === 0)) return undefined;
  const [first] = ranks
    .flatMap((rank) =>
      rank.violation ? [{ rank, violation: rank.violation, step: rank.violation.difference.step }] : [],
    )
    .sort((a, b) => a.step - b.step);
  if (first) return first;
  const contradiction = run.contradiction ?? ranks.find((rank) => rank.contradiction)?.contradiction;
  const start = run.ranks.get(0)?.trainings.get(0)?.declared?.start ?? 0;
  return contradiction && { step: start, contradiction };
}

/** Describes a departure in one clause. */
export function departureWords(departure: Departure): string {
  return 'violation' in departure
    ? `the learning rate leaves the expected curve from optimizer step ${departure.step} on`
    : departure.contradiction.message;
}

/**
 * Returns how many ranks support an outcome by their own results: for `aborted` and `violated` those that found a
 * difference or a contradiction, for `released` those that have proven every optimizer and found none. For `unverified` the number is 0.
 */
export function agreeing(
  ranks: Iterable<Rank>,
  outcome: 'released' | 'aborted' | 'violated' | 'unverified',
): number {
  if (outcome === 'unverified') return 0;
  const shows = outcome === 'released' ? hasProven : hasFound;
  return [...ranks].filter(shows).length;
}

export function hasFound({ violation, contradiction }: Rank): boolean {
  return violation !== undefined || contradiction !== undefined;
}

function hasProven(rank: Rank): boolean {
  return !hasFound(rank) && ofEveryTraining(rank, ({ proven }) => proven);
}
