import { words } from '../../contract/contract.ts';
import type { Cause } from '../../run/run.ts';
import type { Verdict } from '../../run/verdict.ts';
import { parseVerdict } from '../../run-folder/verdict-document.ts';
import type { Ending } from '../settle.ts';

/** The prefixes with which the first node prints its events and, at the end, its verdict. */
const VERDICT = `${words.verdict} `;
const EVENT = `${words.event} `;

/** Collects the output of a pod of the first node, line by line. */
export class FirstNode {
  verdict: Verdict | undefined;
  readonly events: string[] = [];

  /** Adds a line; returns whether it should be shown. */
  hear(text: string): boolean {
    if (text.startsWith(EVENT)) {
      this.events.push(text.slice(EVENT.length));
      return false;
    }
    // A line of the training may start with the same word.
    const verdict = text.startsWith(VERDICT) ? parseVerdict(text.slice(VERDICT.length)) : undefined;
    if (verdict) this.verdict = verdict;
    return verdict === undefined;
  }
}

/** The end of a run after the last output of its first node. */
export function endingOf({ verdict, events }: FirstNode): Ending {
  return { said: verdict, events, cause: LOST };
}

const LOST: Cause = {
  kind: 'node-lost',
  node: 0,
  reason: 'its pod ended before it printed a verdict',
};
