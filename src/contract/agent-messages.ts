import { z } from 'zod';
import { readRankEvent } from './rank-event.ts';

const rank = z.int().nonnegative();
/** Numbers everything but output, so that whoever comes back to a run knows what it has heard. */
const seq = z.int().optional();

/**
 * What a node's agent says (src/node/rampcheck_node/agent.py), and the boundary to the nodes: nothing else is believed. Times are
 * nanoseconds since the epoch, on the node's clock.
 */
export const agentEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), seq, pid: z.int(), python: z.string(), host: z.string() }),
  /** The launcher runs. The folder holds its output and events.jsonl: what the agent has said. */
  z.object({ type: z.literal('started'), seq, pid: z.int(), directory: z.string() }),
  z.object({
    type: z.literal('rank'),
    seq,
    event: z.looseObject({ type: z.string(), rank }).transform(readRankEvent),
  }),
  /** A rank's process has ended, with an exit code or by a signal; `exit` is null when that could not be seen. */
  z.object({
    type: z.literal('rank_gone'),
    seq,
    rank,
    pid: z.int().nullable(),
    exit: z.object({ code: z.int().nullable(), signal: z.string().nullable() }).nullish(),
    time: z.number(),
  }),
  /** Output of a rank, or of the launcher itself (null). `end`: how many bytes of it have been passed on so far. */
  z.object({
    type: z.literal('log'),
    seq,
    rank: rank.nullable(),
    lines: z.array(z.string()),
    end: z.int().optional(),
  }),
  /** The launcher has ended: its exit code, 128 + n after signal n. */
  z.object({
    type: z.literal('exited'),
    seq,
    code: z.int(),
    signal: z.string().nullable(),
    time: z.number(),
  }),
  z.object({ type: z.literal('not_started'), seq, reason: z.string(), errno: z.string() }),
  z.object({ type: z.literal('fault'), seq, message: z.string() }),
  /** Said every second; it goes no further than the connection. */
  z.object({ type: z.literal('alive'), seq }),
  /** To whoever comes back: what must not reach a log or a screen may be in there. Never written down. */
  z.object({
    type: z.literal('secrets'),
    seq,
    env: z.record(z.string(), z.string()),
    argv: z.array(z.string()),
  }),
  /** To whoever comes back: everything that was missed has been said. */
  z.object({ type: z.literal('caught_up'), seq }),
  /**
   * The last word: looked for and found none of the run's processes on this node. Survivors are those that KILL did not end
   * (stuck in the kernel). `killed` counts all that were sent a signal, `seconds` run from the first reason to stop.
   */
  z.object({
    type: z.literal('gone'),
    seq,
    killed: z.int(),
    survivors: z.array(z.object({ pid: z.int(), cmd: z.string() })),
    seconds: z.number(),
  }),
]);
export type AgentEvent = z.infer<typeof agentEvent>;

/**
 * A document as Python writes it. NaN and Infinity, which JSON does not know, become null; the same words inside a string stay.
 *
 * @throws SyntaxError
 */
export function parsePythonJson(text: string): unknown {
  if (!/NaN|Infinity/.test(text)) return JSON.parse(text);
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : 'null',
  );
  return JSON.parse(plain);
}

/**
 * The first thing an agent is told. A byte of argv, cwd or env that is not UTF-8 is written as a lone surrogate: 0xff is
 * '\udcff'.
 */
export interface NodeStart {
  type: 'start';
  run: string;
  node: number;
  name: string;
  argv: string[];
  cwd: string;
  /** Added to the node's own environment. */
  env: Record<string, string>;
  settings: Record<string, unknown>;
  /** Seconds between TERM and KILL when the agent ends the job by itself. */
  grace: number;
  /** Seconds of silence after which a held run ends on both sides; set where a network lies in between. */
  lease?: number;
}

/** The first thing an agent is told that comes back to a released run: from where on it is to be read. */
export interface NodeAttach {
  type: 'attach';
  run: string;
  node: number;
  name: string;
  /** The folder of the agent that owns the run's processes. */
  directory: string;
  /** `logs` by rank, or `launcher`: the `end` of the last output that was read. */
  after: { seq: number; logs: Record<string, number> };
  /** False for a look: it ends when it has caught up. */
  follow: boolean;
  /** Seconds of silence after which both sides take the connection for lost; set where a network lies in between. */
  lease?: number;
}

export type AgentCommand =
  /** From now on losing this process does not stop the job. */
  | { type: 'release' }
  /** TERM, `grace` seconds, KILL; a later one can only bring the KILL forward. */
  | { type: 'stop'; grace: number }
  | { type: 'kill' }
  | { type: 'alive' }
  /** To an agent that came back to a run, after `gone`: nothing in its folder is wanted any more. */
  | { type: 'forget' };
