import { join } from 'node:path';
import { files, schemaVersion } from '../contract/contract.ts';
import { end } from '../run/react.ts';
import { type Cause, isFinal } from '../run/run.ts';
import { conclude, type Verdict } from '../run/verdict.ts';
import { rememberRun } from '../run-folder/remember.ts';
import { type KeptVerdict, readVerdict } from '../run-folder/verdict-document.ts';
import { writeByRename } from '../write-by-rename.ts';

/** The known facts about the end of a batch run. */
export interface Ending {
  /** The last verdict of the run's coordinator; undefined if the coordinator was lost or never started. */
  said: Verdict | undefined;
  /** The events that led to it, as lines of events.jsonl, if they are not in the run's folder yet. */
  events?: readonly string[];
  /** Why the run ended according to the engine: used if the coordinator reported nothing. */
  cause: Cause;
  /** True if the engine reports that nothing of the run is left. */
  gone?: boolean;
  /** The engine's reason if it ended the run itself, for example a time limit. */
  interruption?: string | undefined;
}

/** The coordinator's last verdict in the run's folder, if it writes it there. */
export function lastWord(path: string): Verdict | undefined {
  const verdict = readVerdict(path);
  return verdict && isFinal(verdict.state) ? verdict : undefined;
}

/** Returns whether the run's folder already contains the final verdict. */
export function isSettled(path: string): boolean {
  return readVerdict(path)?.settled === true;
}

/**
 * Writes the final verdict of a batch run into its folder: the coordinator's decision with cause and fix, which need the
 * job and are found by replaying its events through the usual state machine. If the coordinator has decided
 * nothing, the engine's reason is the cause.
 */
export function settle(path: string, ending: Ending): Verdict {
  const { said, events = [], cause, gone = false, interruption } = ending;
  if (events.length > 0) writeByRename(join(path, files.events), events.map((line) => `${line}\n`).join(''));
  const { run, job, record } = rememberRun(path);
  if (!said) {
    // Without an event nothing was ever started.
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
 * Completes the coordinator's verdict with what it cannot know. What it has counted and verified is kept: its output has no
 * steps after the release, and only it could verify that nothing is left on a node. A replay with a different outcome changes nothing.
 */
function completed(said: Verdict, found: Verdict): Verdict {
  // A coordinator has no formulas: a result that needs them can turn a released run into a violated one.
  const same =
    found.outcome === said.outcome || (found.outcome === 'violated' && said.outcome === 'released');
  if (!same || found.exit_code !== said.exit_code) return said;
  const { steps_seen, max_deviation, seconds_to_stop, nodes } = said;
  const ranks = found.outcome === said.outcome ? said.ranks : found.ranks;
  return { ...found, steps_seen, max_deviation, ranks, seconds_to_stop, nodes };
}
