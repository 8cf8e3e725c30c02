import { join } from 'node:path';
import { z } from 'zod';
import { type AgentEvent, agentEvent, parsePythonJson } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { wholeLines } from '../files/whole-lines.ts';
import type { Cause } from '../run/run.ts';
import { whyNot } from './document.ts';

/** What is known of a run, as events.jsonl holds it: what an agent said, and what was decided here. `at` in milliseconds. */
export type Entry = { node: string; at: number; event: AgentEvent };
export type Decision = { node: null; at: number; cause: Cause };

const cause = z.custom<Cause>(
  (value) => z.looseObject({ kind: z.string() }).safeParse(value).success,
  'is no reason for an end',
);
const decision = z.object({ type: z.literal('decided'), cause });

/** Where a line of the log is damaged, and why. */
export interface Damage {
  line: number;
  why: string;
}

/**
 * Everything that has been written down of a run, in the memory of one line. A last line that kill -9 has cut short does not count;
 * one in the middle (a disk that was full for a moment) is told to `onDamage` and left out.
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

/** How an event stands in the log. */
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

/** By hand, and not by a schema: a long run has millions of lines. */
function isPlaced(value: unknown): value is { node: string | null; at: number } {
  if (typeof value !== 'object' || value === null || !('node' in value) || !('at' in value)) return false;
  return (typeof value.node === 'string' || value.node === null) && typeof value.at === 'number';
}

/** A line that was cut has no end of its own: the one that was written after it stands behind it. */
function restOf(text: string): Entry | Decision | undefined {
  const start = text.search(/(?<=.)\{"node": ?(?:"|null)/);
  if (start < 0) return undefined;
  try {
    return readEntry(text.slice(start));
  } catch {
    return undefined;
  }
}
