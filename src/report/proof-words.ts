import { plural } from '../plural.ts';
import type { Verdict } from '../run/verdict.ts';

/** What of the future was known when the run was released. */
const future = {
  complete: 'and the projection of the rest',
  partial: 'and a projection of a part of the rest',
  none: 'and no more: no projection of the rest was made',
} as const;

/** "the first 2 optimizer steps and the projection of the rest": what a proof rests on, and never more than that. */
export function proofWords({
  hold_steps: steps,
  projection,
}: Pick<Verdict, 'hold_steps' | 'projection'>): string {
  return `the first ${plural(steps ?? 0, 'optimizer step')} ${future[projection ?? 'none']}`;
}
