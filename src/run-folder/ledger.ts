import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { readRankEvent } from '../contract/rank-event.ts';
import type { Cause } from '../run/run.ts';
import { logName, type RunDirectory } from './directory.ts';
import { ratesOf } from './rates.ts';

/** What is known of a run, as events.jsonl holds it: what an agent said, and what was decided here. `at` in milliseconds. */
export type Entry = { node: string; at: number } & AgentEvent;
export type Decision = { node: null; at: number; type: 'decided'; cause: Cause };

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

interface Position {
  node: string;
  /** `launcher`, or a rank. */
  source: string;
  /** Bytes of the node's file, and of ours. */
  end: number;
  size: number;
}

const EVENTS = 'events.jsonl';
const POSITIONS = 'positions.json';
/** How much output is read again after kill -9 at most (milliseconds). */
const FLUSH_EVERY = 200;

export function openLedger(directory: RunDirectory): Ledger {
  const positions = new Map<string, Position>(Object.entries(readPositions(directory.path)));
  const seqs = new Map<string, number>();
  for (const entry of readEntries(directory.path)) {
    if (entry.node !== null && entry.seq !== undefined) seqs.set(entry.node, entry.seq);
  }
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
      directory.append(EVENTS, { node, at, ...event });
      return true;
    },
    decision(cause, at) {
      directory.append(EVENTS, { node: null, at, type: 'decided', cause });
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

/** Everything that has been written down; a last line that kill -9 has cut short does not count. */
export function readEntries(path: string): (Entry | Decision)[] {
  const text = readOrNothing(join(path, EVENTS));
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(readEntry);
}

function readEntry(line: string): Entry | Decision {
  const entry = JSON.parse(line) as Entry | Decision;
  return entry.type === 'rank' ? { ...entry, event: readRankEvent(entry.event) } : entry;
}

/**
 * Puts a folder back to a moment from which all of it can go on, before somebody else writes there: a line that was cut short is
 * removed, and output that is in no position, so that it is read again.
 */
export function mend(path: string): void {
  const events = readOrNothing(join(path, EVENTS));
  const whole = events.slice(0, events.lastIndexOf('\n') + 1);
  if (whole.length < events.length) truncateSync(join(path, EVENTS), Buffer.byteLength(whole));
  const positions = readPositions(path);
  for (const log of readdirSync(join(path, 'logs'))) {
    // One that is in no position is read from its beginning.
    const size = positions[`logs/${log}`]?.size ?? 0;
    const file = join(path, 'logs', log);
    if (statSync(file).size > size) truncateSync(file, size);
  }
  writeRates(path);
}

/** lr.jsonl follows from the events: after a kill between the two it is made anew. */
function writeRates(path: string): void {
  const lines = readEntries(path).flatMap((entry) => (entry.node === null ? [] : ratesOf(entry)));
  if (lines.length > 0 || readOrNothing(join(path, 'lr.jsonl')) !== '') {
    writeFileSync(join(path, 'lr.jsonl'), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  }
}

function readPositions(path: string): Record<string, Position> {
  const text = readOrNothing(join(path, POSITIONS));
  return text ? (JSON.parse(text) as Record<string, Position>) : {};
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
