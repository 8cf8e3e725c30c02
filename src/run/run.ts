import type { Declared, EventOf, Projected, Projection, Violation } from '../contract/rank-event.ts';

/** preparing → starting → holding → released → finished | aborted | failed | unverified */
export const runStates = [
  'preparing',
  'starting',
  'holding',
  'released',
  'finished',
  'aborted',
  'failed',
  'unverified',
] as const;
export type RunState = (typeof runStates)[number];

/** Whether a run in this state has come to its end. */
export function isFinal(state: RunState): boolean {
  return state === 'finished' || state === 'aborted' || state === 'failed' || state === 'unverified';
}

/** One optimizer of one rank. */
export interface Training {
  declared?: Declared;
  projected?: Projected;
  /** Enough was shown: in so many first steps, and in as much of its future as a projection could show. */
  proven?: { steps: number; projection: Projection };
  /** It does not follow what was asked for, and goes on all the same: --on-mismatch warn. */
  tolerated?: true;
  /** Optimizer steps seen, applied updates. */
  steps: number;
}

/** What was asked for contradicts what is trained. */
export interface Contradiction {
  id: string;
  message: string;
  fix: string[];
}

export interface Rank {
  rank: number;
  node: number;
  pid: number;
  /** The first one that it has found. */
  violation?: Violation;
  /** The first one that it has found. */
  contradiction?: Contradiction;
  /** What is known of every optimizer of the rank, in the order of their first steps. */
  trainings: Map<number, Training>;
  /** Optimizer steps seen, applied updates. */
  steps: number;
  /** Updates that overflow left out. */
  skipped: number;
  maxDeviation: number;
  /** The user's own uncaught exception. */
  error?: { time: number; error: string; traceback: string };
  /** The last lines it printed. */
  tail: string[];
  /** Reached its normal exit: how far each of its trainings had come. */
  ended?: EventOf<'end'>['trainings'];
  gone: boolean;
  /** How its process ended, where that is known. */
  exit?: { code: number | null; signal: string | null };
}

/** Returns whether something holds of every optimizer of a rank. A rank that has declared none yet has nothing to show. */
export function ofEveryTraining(
  { trainings }: Pick<Rank, 'trainings'>,
  test: (training: Training) => unknown,
): boolean {
  return trainings.size > 0 && [...trainings.values()].every(test);
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
  /** How far our clock is ahead of the node's in milliseconds, at most: the smallest delay of anything it has sent. */
  clock?: number;
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
  /** Optimizer steps to hold, the most of any optimizer; null until a rank knows. */
  hold: number | null;
  cause: Cause | null;
  /** Found between ranks, or by formulas, and tolerated. */
  contradiction: Contradiction | null;
  /** Every rank has made its steps and is gone: what is left of the launchers was told to end. */
  complete: boolean;
  /** Differences that the user should know of and that do not stop the run. */
  warnings: string[];
  /** Milliseconds (Date.now) at which the first rank reported. */
  heldSince: number | null;
  /** Milliseconds (Date.now) of the first sign of the cause, and of the last process gone. */
  stoppedAt: number | null;
  goneAt: number | null;
}

export function newRun(nodes: readonly string[]): Run {
  return {
    state: 'preparing',
    nodes: nodes.map((name) => ({ name, tail: [], gone: false, killed: 0 })),
    ranks: new Map(),
    worldSize: null,
    hold: null,
    cause: null,
    contradiction: null,
    complete: false,
    warnings: [],
    heldSince: null,
    stoppedAt: null,
    goneAt: null,
  };
}
