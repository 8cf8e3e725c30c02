import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../../../src/contract/agent-messages.ts';
import { parseAgentEvent } from '../../../src/executors/agent-event.ts';
import { rulesOf } from '../../../src/run/judge.ts';
import { type Action, end, react } from '../../../src/run/react.ts';
import { type Cause, newRun } from '../../../src/run/run.ts';
import { contradictionOf, summarize, type Verdict } from '../../../src/run/verdict.ts';

export type Fields = Record<string, unknown>;

/**
 * One thing that happens, `at` milliseconds after the one before when its fields say so:
 *   [node, rank, type, fields]   an event of a rank; what is left out of it stands in defaults.json
 *   [node, type, fields]         an event of a node's agent
 *   ['end', cause]               the launcher or the coordinator itself ends the run
 */
export type Happening = [number, number, string, Fields?] | [number, string, Fields?] | ['end', Cause];

export interface Sequence {
  name: string;
  nodes: string[];
  /** What the user has asked for, as the callback's settings say it. */
  settings: { on_mismatch: 'abort' | 'warn'; expect: number };
  events: Happening[];
}

/** A row of the table: what both machines must make of a sequence. */
export interface Row extends Sequence {
  /** "3 release", "5 stop 0.2 after 0.4": the number of the event from 0, and seconds. */
  actions: string[];
  warnings?: string[];
  /** Fields of the verdict, at least its outcome, state, exit code and message. */
  verdict: Partial<Verdict>;
}

/** As it stands in a file, where the usual is left out. */
type Given = Omit<Row, 'nodes' | 'settings'> & { nodes?: string[]; settings?: Partial<Row['settings']> };

export interface Played {
  name: string;
  actions: string[];
  verdict: Verdict;
}

export const folder = import.meta.dirname;
const defaults = JSON.parse(readFileSync(join(folder, 'defaults.json'), 'utf8')) as Record<string, Fields>;

/** Every row of every table in this folder. */
export function readTable(): Row[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'defaults.json')
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Given[])
    .map((row) => ({
      ...row,
      nodes: row.nodes ?? ['a', 'b'],
      settings: { on_mismatch: 'abort', expect: 0, ...row.settings },
    }));
}

/** What the launcher's machine makes of a sequence. */
export function play({ name, nodes, settings, events }: Sequence): Played {
  const rules = rulesOf({
    onMismatch: settings.on_mismatch,
    expect: Array.from({ length: settings.expect }, () => ({ lrs: [1] })),
  });
  const run = newRun(nodes);
  const actions: string[] = [];
  let now = 1_000_000;
  for (const [number, happening] of events.entries()) {
    const fields = happening.at(-1) as { at?: number };
    now += typeof fields === 'object' ? (fields.at ?? 1) : 1;
    const done =
      happening[0] === 'end'
        ? end(run, now, happening[1])
        : react(run, happening[0], eventOf(happening as Exclude<Happening, ['end', Cause]>), rules, now);
    actions.push(...done.map((action) => `${number} ${wordsOf(action)}`));
  }
  return {
    name,
    actions,
    verdict: JSON.parse(JSON.stringify({ ...summarize(run), diagnosis: contradictionOf(run) })),
  };
}

/** As the agent would send it, through the boundary of the launcher. */
function eventOf([_node, ...rest]: Exclude<Happening, ['end', Cause]>): AgentEvent {
  if (typeof rest[0] === 'number') {
    const [rank, type, fields] = rest as [number, string, Fields?];
    return parse({ type: 'rank', event: { ...defaults[type], ...fields, type, rank } });
  }
  const [type, fields] = rest as [string, Fields?];
  return parse({ ...defaults[`agent ${type}`], ...fields, type });
}

function parse(event: unknown): AgentEvent {
  // JSON has no NaN, and Python writes it all the same: a sequence has it as a word.
  return parseAgentEvent(JSON.stringify(event).replaceAll('"NaN"', 'NaN'));
}

function wordsOf(action: Action): string {
  return action.do === 'release' ? 'release' : `stop ${action.grace} after ${action.after / 1000}`;
}
