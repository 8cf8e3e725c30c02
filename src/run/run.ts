import type { CurveSpec, Versions } from '../schedule/schedule.ts';

/** preparing → starting → holding → released → finished | aborted | failed | unverified */
export type RunState =
  | 'preparing'
  | 'starting'
  | 'holding'
  | 'released'
  | 'finished'
  | 'aborted'
  | 'failed'
  | 'unverified';

/** One learning rate that is not the expected one: optimizer step, parameter group, both values. */
export interface Difference {
  step: number;
  group: number;
  expected: number;
  actual: number;
}

/** What a rank says before its first optimizer step: what was asked of it and what will run. */
export interface Declared {
  asked: CurveSpec;
  /** The curve it holds itself against; null with --expect, absent when no curve exists. */
  expected?: CurveSpec | null;
  /** Why no curve exists beforehand (metric-driven schedules). */
  unpredictable?: string;
  total: number;
  start: number;
  base_lrs: number[];
  in_force: { class: string; module: string; stepped_by: string };
  deepspeed: {
    config: string | null;
    scheduler: string | null;
    scheduler_params: Record<string, unknown> | null;
    optimizer: string | null;
    zero_stage: number;
  } | null;
  versions: Versions & { python?: string };
  training: Record<string, number | boolean>;
  /** [step, lr] of group 0 of the expected curve. */
  samples?: [number, number][];
}

/** The projection against the expected curve. `available: false`: the scheduler cannot be copied. */
export interface Projected {
  available: boolean;
  why?: string;
  max_deviation?: number;
  difference?: Difference | null;
  samples?: [number, number][];
}

export interface Violation {
  by: 'projection' | 'observation';
  /** The optimizer step before which it was found. */
  step: number;
  difference: Difference;
  max_deviation: number;
  /** [step, expected, actual] around the first difference. */
  window: [number, number, number][];
}

export interface Rank {
  rank: number;
  node: number;
  pid: number;
  declared?: Declared;
  projected?: Projected;
  violation?: Violation;
  /** Optimizer steps seen, applied updates. */
  steps: number;
  maxDeviation: number;
  /** The user's own uncaught exception. */
  error?: { time: number; error: string; traceback: string };
  /** The last lines it printed. */
  tail: string[];
  /** Reached its normal exit. */
  ended: boolean;
  gone: boolean;
}

/** Why a run ends before its training does. The first one stands. */
export type Cause =
  | { kind: 'violation'; rank: number; node: number; violation: Violation }
  | {
      kind: 'contradiction';
      rank: number;
      node: number;
      id: string;
      message: string;
      fix: string[];
      inconclusive?: true;
    }
  | { kind: 'fault'; rank: number; node: number; traceback: string }
  | { kind: 'undeclared'; why: string }
  | { kind: 'training-failed'; rank: number | null; node: number; reason: string }
  | { kind: 'not-started'; node: number; reason: string }
  | { kind: 'node-lost'; node: number; reason: string }
  | { kind: 'silent'; reason: string }
  | { kind: 'interrupted'; signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'stop' };

export interface NodeView {
  name: string;
  /** The last lines of its launcher. */
  tail: string[];
  /** The launcher's own end. */
  exit?: { code: number | null; signal: string | null };
  /** Verified by the agent: no process of the run is left there. */
  gone: boolean;
  /** Processes that had to be stopped at the end. */
  killed: number;
}

/** All that is known of a run. Changed only by `react`. */
export interface Run {
  state: RunState;
  nodes: NodeView[];
  ranks: Map<number, Rank>;
  worldSize: number | null;
  /** Optimizer steps to hold; null until it is known. */
  hold: number | null;
  cause: Cause | null;
  /** Differences that the user should know of and that do not stop the run. */
  warnings: string[];
  /** Milliseconds (Date.now) at which the first rank reported. */
  heldSince: number | null;
  /** Milliseconds (Date.now) of the first sign of the cause, and of the last process gone. */
  stoppedAt: number | null;
  goneAt: number | null;
}

export function newRun(nodes: readonly string[], hold: number | null): Run {
  return {
    state: 'preparing',
    nodes: nodes.map((name) => ({ name, tail: [], gone: false, killed: 0 })),
    ranks: new Map(),
    worldSize: null,
    hold,
    cause: null,
    warnings: [],
    heldSince: null,
    stoppedAt: null,
    goneAt: null,
  };
}
