import { join } from 'node:path';
import { z } from 'zod';
import { type AgentEvent, agentEvent, parsePythonJson } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { wholeLines } from '../files/whole-lines.ts';
import type { Cause } from '../run/run.ts';
import { whyNot } from './document.ts';

/** An entry of events.jsonl: an event of an agent, or a decision of this process. `at` is in milliseconds. */
export type Entry = { node: string; at: number; event: AgentEvent };
export type Decision = { node: null; at: number; cause: Cause };

const cause = z.custom<Cause>(
  (value) => z.looseObject({ kind: z.string() }).safeParse(value).success,
  'is no reason for an end',
);
const decision = z.object({ type: z.literal('decided'), cause });

/** A damaged line of the log, and why. */
export interface Damage {
  line: number;
  why: string;
}

/**
 * Reads the event log of a run, one line in memory at a time. A last line truncated by kill -9 is ignored;
 * a damaged line in the middle (the disk was full for a moment) is reported to `onDamage` and skipped.
 */
export function* readEntries(
  folder: string,
  onDamage: (damage: Damage) => void,
): Generator<Entry | Decision> {
  let line = 0;
  for (const text of wholeLines(join(folder, files.events))) {
    line += 1;
    if (text === '') continue;
    try {
      yield readEntry(text);
    } catch (error) {
      onDamage({ line, why: whyNot(error) });
      const rest = restOf(text);
      if (rest) yield rest;
    }
  }
}

/** The form of an event in the log. */
export function entryLine(node: string, at: number, event: AgentEvent): object {
  return { node, at, ...event };
}

export function decisionLine(at: number, cause: Cause): object {
  return { node: null, at, type: 'decided', cause };
}

function readEntry(text: string): Entry | Decision {
  const value = parsePythonJson(text);
  if (!isPlaced(value)) throw new Error('no node and time');
  const { node, at } = value;
  return node === null
    ? { node, at, cause: decision.parse(value).cause }
    : { node, at, event: agentEvent.parse(value) };
}

/** Checked by hand instead of by a schema: a long run has millions of lines. */
function isPlaced(value: unknown): value is { node: string | null; at: number } {
  if (typeof value !== 'object' || value === null || !('node' in value) || !('at' in value)) return false;
  return (typeof value.node === 'string' || value.node === null) && typeof value.at === 'number';
}

/** A truncated line has no line break, so the next entry follows on the same line. */
function restOf(text: string): Entry | Decision | undefined {
  const start = text.search(/(?<=.)\{"node": ?(?:"|null)/);
  if (start < 0) return undefined;
  try {
    return readEntry(text.slice(start));
  } catch {
    return undefined;
  }
}
