import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import type { Cause } from '../run/run.ts';
import { logName, type RunDirectory } from './directory.ts';
import { decisionLine, entryLine } from './events.ts';
import { POSITIONS, type Position, readPositions } from './positions.ts';

/** How far a node has been heard: the last event's number, and how many bytes of each output. */
export interface Heard {
  seq: number;
  logs: Record<string, number>;
}

/**
 * Writes what a run says into its folder, so that whoever comes after (also after kill -9) goes on at exactly this place: an
 * event is one line with its number, and output is cut back to the last position that was written down with it.
 */
export interface Ledger {
  /** Writes an event down; false when it stands there already. */
  event(node: string, event: AgentEvent, at: number): boolean;
  decision(cause: Cause, at: number): void;
  log(node: string, rank: number | null, lines: readonly string[], end: number | undefined): void;
  /** Where a node is to be read on. */
  heard(node: string): Heard;
  /** Every position is on disk. */
  flush(): void;
}

/** How much output is read again after kill -9 at most (milliseconds). */
const FLUSH_EVERY = 200;

/** `heard`: the number of the last event of each node that stands there already. */
export function openLedger(directory: RunDirectory, heard: ReadonlyMap<string, number> = new Map()): Ledger {
  const positions = new Map<string, Position>(Object.entries(readPositions(directory.path)));
  const seqs = new Map(heard);
  let flushed = 0;
  let dirty = false;
  const flush = () => {
    if (!dirty) return;
    directory.write(POSITIONS, Object.fromEntries(positions));
    flushed = Date.now();
    dirty = false;
  };
  return {
    event(node, event, at) {
      if (event.seq !== undefined) {
        if (event.seq <= (seqs.get(node) ?? 0)) return false;
        seqs.set(node, event.seq);
      }
      directory.append(files.events, entryLine(node, at, event));
      return true;
    },
    decision(cause, at) {
      directory.append(files.events, decisionLine(at, cause));
    },
    log(node, rank, lines, end) {
      const name = logName(node, rank);
      const bytes = directory.append(name, lines.join('\n'));
      if (end === undefined) return;
      const size = (positions.get(name)?.size ?? 0) + bytes;
      positions.set(name, { node, source: String(rank ?? 'launcher'), end, size });
      dirty = true;
      if (Date.now() - flushed > FLUSH_EVERY) flush();
    },
    heard: (node) => ({
      seq: seqs.get(node) ?? 0,
      logs: Object.fromEntries(
        [...positions.values()]
          .filter((position) => position.node === node)
          .map(({ source, end }) => [source, end]),
      ),
    }),
    flush,
  };
}
