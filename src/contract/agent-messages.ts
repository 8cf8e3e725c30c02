import type { RankEvent } from './rank-event.ts';

/**
 * What a node's agent says (src/node/rampcheck_node/agent.py). Times are nanoseconds since the epoch, on the node's clock. `seq`
 * numbers everything but output, so that whoever comes back to a run knows what it has heard.
 */
export type AgentEvent = AgentNews & { seq?: number | undefined };

export type AgentNews =
  | { type: 'ready'; pid: number; python: string; host: string }
  /** The launcher runs. The folder holds its output and events.jsonl: what the agent has said. */
  | { type: 'started'; pid: number; directory: string }
  | { type: 'rank'; event: RankEvent }
  | { type: 'rank_gone'; rank: number; pid: number | null; time: number }
  /** Output of a rank, or of the launcher itself (null). `end`: how many bytes of it have been passed on so far. */
  | { type: 'log'; rank: number | null; lines: string[]; end?: number | undefined }
  /** The launcher has ended: its exit code, 128 + n after signal n. */
  | { type: 'exited'; code: number; signal: string | null; time: number }
  | { type: 'not_started'; reason: string; errno: string }
  | { type: 'fault'; message: string }
  /** Said every second; it never leaves this folder. */
  | { type: 'alive' }
  /** To whoever comes back: what must not reach a log or a screen may be in there. Never written down. */
  | { type: 'secrets'; env: Record<string, string>; argv: string[] }
  /** To whoever comes back: everything that was missed has been said. */
  | { type: 'caught_up' }
  /**
   * The last word: looked for and found none of the run's processes on this node. Survivors are those that KILL did not end
   * (stuck in the kernel). `killed` counts all that were sent a signal, `seconds` run from the first reason to stop.
   */
  | { type: 'gone'; killed: number; survivors: { pid: number; cmd: string }[]; seconds: number };

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
