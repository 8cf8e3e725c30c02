import { words } from '../../contract/contract.ts';
import type { Cause } from '../../run/run.ts';
import type { Verdict } from '../../run/verdict.ts';
import { parseVerdict } from '../../run-folder/verdict-document.ts';
import type { Ending } from '../settle.ts';

/** How the first node says its verdict, and beforehand what it came from, in its output. */
const VERDICT = `${words.verdict} `;
const EVENT = `${words.event} `;

/** What a pod of the first node has said, line by line. */
export class FirstNode {
  verdict: Verdict | undefined;
  readonly events: string[] = [];

  /** Takes a line in; whether it is one for people. */
  hear(text: string): boolean {
    if (text.startsWith(EVENT)) {
      this.events.push(text.slice(EVENT.length));
      return false;
    }
    // A line of the training's own may begin with the same word.
    const verdict = text.startsWith(VERDICT) ? parseVerdict(text.slice(VERDICT.length)) : undefined;
    if (verdict) this.verdict = verdict;
    return verdict === undefined;
  }
}

/** The end of a run whose first node has said all that it will say. */
export function endingOf({ verdict, events }: FirstNode): Ending {
  return { said: verdict, events, cause: LOST };
}

const LOST: Cause = {
  kind: 'node-lost',
  node: 0,
  reason: 'its pod ended before it could say a verdict',
};
