import { join } from 'node:path';
import { files, schemaVersion } from '../contract/contract.ts';
import { end } from '../run/react.ts';
import { type Cause, isFinal } from '../run/run.ts';
import { conclude, type Verdict } from '../run/verdict.ts';
import { rememberRun } from '../run-folder/remember.ts';
import { type KeptVerdict, readVerdict } from '../run-folder/verdict-document.ts';
import { writeByRename } from '../write-by-rename.ts';

/** What is known of the end of a batch run. */
export interface Ending {
  /** The last verdict of the run's own coordinator; undefined where it was lost, or never began. */
  said: Verdict | undefined;
  /** The events that it came from, where they are not in the run's folder already: lines of events.jsonl. */
  events?: readonly string[];
  /** Why the run ended, as the engine says: what counts where the coordinator has said nothing. */
  cause: Cause;
  /** The engine says that nothing of the run is left. */
  gone?: boolean;
  /** What the engine calls it when it has ended the run by itself: its time limit, say. */
  interruption?: string | undefined;
}

/** The coordinator's own last verdict in the run's folder, where it writes it there. */
export function lastWord(path: string): Verdict | undefined {
  const verdict = readVerdict(path);
  return verdict && isFinal(verdict.state) ? verdict : undefined;
}

/** Whether the run's folder has the verdict that nothing follows. */
export function isSettled(path: string): boolean {
  return readVerdict(path)?.settled === true;
}

/**
 * Writes the verdict of a batch run that is over into its folder: what its coordinator has decided, with cause and fix, which need the
 * job and are found by taking its events in again, through the state machine of every other run. Where the coordinator has decided
 * nothing, the engine's word is the cause.
 */
export function settle(path: string, ending: Ending): Verdict {
  const { said, events = [], cause, gone = false, interruption } = ending;
  if (events.length > 0) writeByRename(join(path, files.events), events.map((line) => `${line}\n`).join(''));
  const { run, job, record } = rememberRun(path);
  if (!said) {
    // Before its first event nothing has ever been started.
    for (const node of run.nodes) node.gone ||= gone || run.state === 'preparing';
    end(run, Date.now(), cause);
  }
  const found = conclude(run, job, record.findings);
  const verdict = said ? completed(said, found) : found;
  const interrupted = run.cause?.kind === 'interrupted' ? interruption : undefined;
  const settled: KeptVerdict = { ...verdict, message: interrupted ?? verdict.message, settled: true };
  writeByRename(
    join(path, files.verdict),
    `${JSON.stringify({ schema_version: schemaVersion, ...settled }, null, 2)}\n`,
  );
  return settled;
}

/**
 * The coordinator's verdict with what it cannot know. What it has counted and verified stands: of the steps after the release its
 * output has none, and that nothing is left on a node was its to look at. A replay that comes to another end changes nothing.
 */
function completed(said: Verdict, found: Verdict): Verdict {
  // A coordinator has no formulas: what only they can tell makes a released run a violated one.
  const same =
    found.outcome === said.outcome || (found.outcome === 'violated' && said.outcome === 'released');
  if (!same || found.exit_code !== said.exit_code) return said;
  const { steps_seen, max_deviation, seconds_to_stop, nodes } = said;
  const ranks = found.outcome === said.outcome ? said.ranks : found.ranks;
  return { ...found, steps_seen, max_deviation, ranks, seconds_to_stop, nodes };
}
