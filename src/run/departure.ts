import type { Violation } from '../contract/rank-event.ts';
import { type Contradiction, ofEveryTraining, type Rank, type Run } from './run.ts';

/** What a training does other than it was asked, and goes on all the same (--on-mismatch warn, --after-release warn). */
export type Departure = {
  /** The first optimizer step to which this applies. */
  step: number;
} & ({ rank: Rank; violation: Violation } | { contradiction: Contradiction });

/** The earliest departure of a run that was not ended for it; undefined if there is none, or if no optimizer step was made. */
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

/** One clause. */
export function departureWords(departure: Departure): string {
  return 'violation' in departure
    ? `the learning rate leaves the expected curve from optimizer step ${departure.step} on`
    : departure.contradiction.message;
}

/**
 * How many ranks have themselves shown what an outcome says of the learning rate: for `aborted` and `violated` those that found a
 * difference or a contradiction, for `released` those that have proven every optimizer and found none. `unverified` says nothing of it.
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
