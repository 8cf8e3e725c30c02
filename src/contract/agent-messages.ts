import { z } from 'zod';
import { readRankEvent } from './rank-event.ts';

const rank = z.int().nonnegative();
/** Numbers everything except output, so that a process that reattaches knows what it has already read. */
const seq = z.int().optional();

/**
 * The events of a node's agent (src/node/rampcheck_node/agent.py). Everything from a node is checked against this schema. Times are
 * nanoseconds since the epoch, on the node's clock.
 */
export const agentEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), seq, pid: z.int(), python: z.string(), host: z.string() }),
  /** The launcher is running. The folder contains its output and the agent's events.jsonl. */
  z.object({ type: z.literal('started'), seq, pid: z.int(), directory: z.string() }),
  z.object({
    type: z.literal('rank'),
    seq,
    event: z.looseObject({ type: z.string(), rank }).transform(readRankEvent),
  }),
  /** A rank's process has ended, with an exit code or by a signal; `exit` is null if that is not known. */
  z.object({
    type: z.literal('rank_gone'),
    seq,
    rank,
    pid: z.int().nullable(),
    exit: z.object({ code: z.int().nullable(), signal: z.string().nullable() }).nullish(),
    time: z.number(),
  }),
  /** Output of a rank, or of the launcher itself (null). `end`: how many bytes have been passed on so far. */
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
  /** `run_lost`: a process that reattaches has seen that nobody owns the run on its node any more. */
  z.object({ type: z.literal('fault'), seq, message: z.string(), run_lost: z.boolean().optional() }),
  /** Sent every second; only the connection uses it. */
  z.object({ type: z.literal('alive'), seq }),
  /** For a process that reattaches: values that must be masked in logs and on screens. Never stored. */
  z.object({
    type: z.literal('secrets'),
    seq,
    env: z.record(z.string(), z.string()),
    argv: z.array(z.string()),
  }),
  /** For a process that reattaches: all missed events have been sent. */
  z.object({ type: z.literal('caught_up'), seq }),
  /**
   * The last event: the agent has verified that no process of the run is left on this node. Survivors are processes that KILL did not end
   * (stuck in the kernel). `killed` counts the processes that got a signal; `seconds` count from the first reason to stop.
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
 * Parses JSON written by Python. NaN and Infinity, which are not JSON, become null; the same words inside a string are kept.
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
 * The first message to an agent. A byte of argv, cwd or env that is not UTF-8 is written as a lone surrogate: 0xff is
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
  /** Seconds between TERM and KILL if the agent ends the job without the launcher. */
  grace: number;
  /** Seconds of silence after which a held run ends on both sides; set if the connection uses a network. */
  lease?: number;
}

/** The first message to an agent that reattaches to a released run: the position from which to read. */
export interface NodeAttach {
  type: 'attach';
  run: string;
  node: number;
  name: string;
  /** The folder of the agent that owns the run's processes. */
  directory: string;
  /** `logs` by rank, or `launcher`: the `end` of the last output that was read. */
  after: { seq: number; logs: Record<string, number> };
  /** False for a look, which ends when all missed events are read. */
  follow: boolean;
  /** Seconds of silence after which both sides count the connection as lost; set if it uses a network. */
  lease?: number;
}

export type AgentCommand =
  /** From now on, losing the launcher does not stop the job. */
  | { type: 'release' }
  /** TERM, then KILL after `grace` seconds; a later stop can only make the KILL earlier. */
  | { type: 'stop'; grace: number }
  | { type: 'kill' }
  | { type: 'alive' }
  /** To a reattached agent, after `gone`: its folder is no longer needed. */
  | { type: 'forget' };
