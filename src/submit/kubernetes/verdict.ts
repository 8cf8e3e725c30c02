import { join } from 'node:path';
import { end } from '../../run/react.ts';
import type { Cause } from '../../run/run.ts';
import { conclude, type Verdict } from '../../run/verdict.ts';
import { readVerdict, rememberRun } from '../../run-folder/record.ts';
import { writeByRename } from '../../write-by-rename.ts';

/** How the first node says its verdict, and beforehand what it came from, in its output. */
const VERDICT = 'rampcheck-verdict ';
const EVENT = 'rampcheck-event ';

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
    const verdict = text.startsWith(VERDICT) ? parse(text.slice(VERDICT.length)) : undefined;
    if (verdict) this.verdict = verdict;
    return verdict === undefined;
  }
}

/** A line of the training's own may begin with the same word. */
function parse(text: string): Verdict | undefined {
  try {
    return JSON.parse(text) as Verdict;
  } catch {
    return undefined;
  }
}

/** What is known where the first node has not said its last word. */
export interface Silence {
  cause: Cause;
  /** The cluster says that no pod is left. */
  gone: boolean;
}

/**
 * Writes what the first node has said into the run's folder, and the verdict with cause and fix, which need the job: found by taking
 * in again what the verdict came from. The output has no step beyond the hold, so that what was counted to the end is the
 * coordinator's. Without a word of it the node was lost.
 */
export function settle(
  path: string,
  { verdict: said, events }: FirstNode,
  silence: Silence = { cause: LOST, gone: false },
): Verdict {
  if (events.length > 0) writeByRename(join(path, 'events.jsonl'), `${events.join('\n')}\n`);
  const { run, job, record } = rememberRun(path);
  if (!said) {
    end(run, Date.now(), silence.cause);
    for (const node of run.nodes) node.gone ||= silence.gone;
  }
  const found = conclude(run, job, record.findings);
  const verdict = said ? merge(said, found) : found;
  writeByRename(join(path, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`);
  return verdict;
}

const LOST: Cause = {
  kind: 'node-lost',
  node: 0,
  reason: 'its pod ended before it could say a verdict',
};

function merge(said: Verdict, found: Verdict): Verdict {
  if (found.outcome !== said.outcome || found.exit_code !== said.exit_code) return said;
  const { steps_seen, max_deviation, ranks, seconds_to_stop, nodes } = said;
  return { ...found, steps_seen, max_deviation, ranks, seconds_to_stop, nodes };
}

/** Whether the run's folder has its last verdict. */
export function isSettled(path: string): boolean {
  const verdict = readVerdict(path);
  return verdict !== undefined && verdict.state !== 'released';
}
