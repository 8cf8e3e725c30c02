import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import type { Cause } from '../run/run.ts';
import { logName, type RunDirectory } from './directory.ts';
import { decisionLine, entryLine } from './events.ts';
import { POSITIONS, type Position, readPositions } from './positions.ts';

/** How far a node has been read: the number of the last event, and the bytes of each output. */
export interface Heard {
  seq: number;
  logs: Record<string, number>;
}

/**
 * Writes a run's events and output into its folder, so that a later process (also after kill -9) continues at exactly this point: an
 * event is one line with its number, and output is truncated to the last stored position.
 */
export interface Ledger {
  /** Stores an event; returns false if it is already stored. */
  event(node: string, event: AgentEvent, at: number): boolean;
  decision(cause: Cause, at: number): void;
  log(node: string, rank: number | null, lines: readonly string[], end: number | undefined): void;
  /** The position from which to continue reading a node. */
  heard(node: string): Heard;
  /** Waits until all positions are on disk. */
  flush(): void;
}

/** How often positions are stored: after kill -9 at most this much output is read again (milliseconds). */
const FLUSH_EVERY = 200;

/** `heard`: the number of the last stored event of each node. */
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
