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

/** Returns whether a run in this state has ended. */
export function isFinal(state: RunState): boolean {
  return state === 'finished' || state === 'aborted' || state === 'failed' || state === 'unverified';
}

/** One optimizer of one rank. */
export interface Training {
  declared?: Declared;
  projected?: Projected;
  /** Number of optimizer steps that it will show; set once it is known whether there is a projection. */
  hold?: number;
  /** Set once it is proven: over this many first steps, and over as much of the future as was projected. */
  proven?: { steps: number; projection: Projection };
  /** Set if it does not follow the requested schedule but continues: --on-mismatch warn. */
  tolerated?: true;
  /** Optimizer steps seen, applied updates. */
  steps: number;
}

/** A contradiction between the requested schedule and the training. */
export interface Contradiction {
  id: string;
  message: string;
  fix: string[];
}

export interface Rank {
  rank: number;
  node: number;
  pid: number;
  /** The first one that it detected. */
  violation?: Violation;
  /** The first one that it detected. */
  contradiction?: Contradiction;
  /** The optimizers of the rank, in the order of their first steps. */
  trainings: Map<number, Training>;
  /** Optimizer steps seen, applied updates. */
  steps: number;
  /** Updates that overflow skipped. */
  skipped: number;
  maxDeviation: number;
  /** The user's own uncaught exception. */
  error?: { time: number; error: string; traceback: string };
  /** The last lines it printed. */
  tail: string[];
  /** Set at its normal exit: the progress of each of its trainings. */
  ended?: EventOf<'end'>['trainings'];
  gone: boolean;
  /** How its process ended, if it is known. */
  exit?: { code: number | null; signal: string | null };
}

/** Returns whether a condition holds for every optimizer of a rank; false if the rank has not declared any yet. */
export function ofEveryTraining(
  { trainings }: Pick<Rank, 'trainings'>,
  test: (training: Training) => unknown,
): boolean {
  return trainings.size > 0 && [...trainings.values()].every(test);
}

/** Why a run ends before its training does. Only the first reason counts. */
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
  /** An upper bound of our clock minus the node's, in milliseconds: the smallest delay of any event. */
  clock?: number;
  /** The agent has verified that no process of the run is left there. */
  gone: boolean;
  /** Processes that had to be stopped at the end. */
  killed: number;
}

/** The state of a run. Only `react` changes it. */
export interface Run {
  state: RunState;
  nodes: NodeView[];
  ranks: Map<number, Rank>;
  worldSize: number | null;
  /** Optimizer steps to hold, the maximum over all optimizers; null until a rank reports it. */
  hold: number | null;
  cause: Cause | null;
  /** A contradiction between ranks, or found by formulas, that is tolerated. */
  contradiction: Contradiction | null;
  /** Every rank has finished, and the remaining launchers were told to end. */
  complete: boolean;
  /** Differences that the user should know and that do not stop the run. */
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
