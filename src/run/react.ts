import type { AgentEvent } from '../contract/agent-messages.ts';
import type { Declared, Projected, Violation } from '../contract/rank-event.ts';
import type { Rank, Run, Training } from './run.ts';

/** What the run asks of its nodes. `after` in milliseconds, `grace` in seconds between TERM and KILL. */
export type Action = { do: 'release' } | { do: 'stop'; grace: number; after: number };

/** `inconclusive`: nothing is proven wrong, but nothing can be proven right either. */
export interface Contradiction {
  id: string;
  message: string;
  fix: string[];
  inconclusive?: true;
}

/** Judgements that need the job and the schedules; `react` itself knows neither. */
export interface Judge {
  /** A contradiction between the command, the plan and what a rank declares; undefined when there is none. */
  contradiction(declared: Declared): Contradiction | undefined;
  /** The same between two ranks, told apart by their names; undefined when they are asked for the same. */
  disagreement?(one: Declared, other: Declared, names: [string, string]): Contradiction | undefined;
  /** Differences worth telling that do not stop the run. */
  warnings(declared: Declared): string[];
  /** Optimizer steps to hold, with or without a projection. */
  hold(declared: Declared, projection: boolean): number;
  projection: boolean;
  /** How many optimizers every rank must show before the run is released. */
  optimizers?: number;
  /** --on-mismatch */
  stopOnMismatch: boolean;
  /** --after-release abort: a violation after release stops the run too. */
  stopAfterRelease?: boolean;
}

/** The other ranks find the same thing within this time; then everything is stopped, well within a second. */
const COLLECT_MS = 400;
/** How much of an output is quoted when nothing else tells why it ended. */
const TAIL_LINES = 20;
/** A held run has nothing to save. */
const HELD_GRACE = 0.2;
/** A released run that fails somewhere may still be writing elsewhere. */
export const RELEASED_GRACE = 10;

/** Takes one event of one node into the run, and returns what follows from it. `now` in milliseconds. */
export function react(run: Run, node: number, event: AgentEvent, judge: Judge, now: number): Action[] {
  switch (event.type) {
    case 'started':
      if (run.state === 'preparing') run.state = 'starting';
      return [];
    case 'rank':
      readClock(run, node, event.event.time, now);
      return reactToRank(run, node, event.event, judge, now);
    case 'log': {
      const source = event.rank === null ? run.nodes[node] : run.ranks.get(event.rank);
      if (source) source.tail = [...source.tail, ...event.lines].slice(-TAIL_LINES);
      return [];
    }
    case 'rank_gone': {
      const rank = run.ranks.get(event.rank);
      if (rank) rank.gone = true;
      return [];
    }
    case 'exited': {
      const view = run.nodes[node];
      if (view) view.exit = { code: event.code, signal: event.signal };
      if (event.code === 0 || run.cause) return [];
      const first = firstError(run);
      return end(run, now, {
        kind: 'training-failed',
        rank: first?.rank ?? null,
        node: first?.node ?? node,
        reason: event.signal
          ? `the launcher was ended by ${event.signal}`
          : `the launcher exited with ${event.code}`,
      });
    }
    case 'not_started':
      return end(run, now, { kind: 'not-started', node, reason: event.reason });
    case 'fault':
      return end(run, now, { kind: 'node-lost', node, reason: event.message });
    case 'gone': {
      const view = run.nodes[node];
      if (view) Object.assign(view, { gone: event.survivors.length === 0, killed: event.killed });
      run.goneAt = now;
      return [];
    }
    default:
      return [];
  }
}

/** Ends the run for a reason; the first reason stands. */
export function end(run: Run, now: number, cause: NonNullable<Run['cause']>, after = 0): Action[] {
  if (run.cause) return [];
  run.cause = cause;
  run.stoppedAt = now;
  return [{ do: 'stop', grace: run.state === 'released' ? RELEASED_GRACE : HELD_GRACE, after }];
}

/** How far one optimizer's training had come when its rank ended. */
interface End {
  optimizer: number;
  step: number;
  /** Optimizer steps that its curve is made for; null when only the run knew. */
  total: number | null;
}

/** A total that the run did not reach, or went past: the curve was made for another run. Rank 0 says it for all. */
function ends(run: Run, rank: Rank, trainings: readonly End[]): Action[] {
  if (rank.rank !== 0 || run.cause || rank.error) return [];
  for (const { optimizer, step, total } of trainings) {
    const which = trainings.length > 1 ? ` of optimizer ${optimizer + 1}` : '';
    if (total === null || step === total || step === 0) continue;
    warn(
      run,
      step < total
        ? `the training${which} ended after ${step} of the ${total} optimizer steps that its learning rate is made for`
        : `the training${which} went on to ${step} optimizer steps, and its curve ends at ${total}: the rest was not judged`,
    );
  }
  return [];
}

/** The rank whose own exception came first: the root cause, not one of its many consequences. */
export function firstError(run: Run): Rank | undefined {
  return [...run.ranks.values()]
    .filter(({ error }) => error)
    .sort((a, b) => failedAt(run, a) - failedAt(run, b))[0];
}

/** Less than this (milliseconds) is the way of a message, not a clock that is off. */
const CLOCK_OFF = 1000;

/** When a rank failed by itself (milliseconds, comparable between nodes whose clocks are off); Infinity when it did not. */
export function failedAt(run: Run, { node, error }: Rank): number {
  if (!error) return Number.POSITIVE_INFINITY;
  const clocks = run.nodes.flatMap(({ clock }) => (clock === undefined ? [] : [clock]));
  const behind = (run.nodes[node]?.clock ?? 0) - Math.min(...clocks, Number.POSITIVE_INFINITY);
  return error.time / 1e6 + (behind > CLOCK_OFF ? behind : 0);
}

/** Every event tells the node's clock, late by its way here: the least delay is nearest to the truth. */
function readClock(run: Run, node: number, time: unknown, now: number): void {
  const view = run.nodes[node];
  if (!view || typeof time !== 'number') return;
  view.clock = Math.min(view.clock ?? Number.POSITIVE_INFINITY, now - time / 1e6);
}

type RankEvent = Extract<AgentEvent, { type: 'rank' }>['event'];

function reactToRank(run: Run, node: number, event: RankEvent, judge: Judge, now: number): Action[] {
  const rank = rankOf(run, node, event);
  switch (event.type) {
    case 'hello':
      rank.pid = event.pid as number;
      run.worldSize = event.world_size as number;
      run.heldSince ??= now;
      if (run.state === 'preparing' || run.state === 'starting') run.state = 'holding';
      return [];
    case 'declared':
      return declares(run, rank, event as unknown as Declared, judge, now);
    case 'projected': {
      const projected = event as unknown as Projected;
      const training = trainingOf(rank, projected.optimizer);
      training.projected = projected;
      if ((projected.optimizer ?? 0) === 0) rank.projected = projected;
      if (training.declared) hold(run, training.declared, judge, projected.available);
      return release(run, judge);
    }
    case 'step':
      rank.steps++;
      // One that differs proves nothing, and its violation follows.
      if (!event.differs || !judge.stopOnMismatch)
        trainingOf(rank, event.optimizer as number | undefined).steps++;
      rank.maxDeviation = Math.max(rank.maxDeviation, deviation(event));
      return release(run, judge);
    case 'skipped':
      rank.skipped = event.skipped as number;
      return [];
    case 'violation':
      return violated(run, rank, event as unknown as Violation, judge, now);
    case 'fault':
      return run.state === 'released' && !event.parks
        ? warn(run, `rank ${rank.rank}: the callback failed and takes no further part`)
        : end(run, now, { kind: 'fault', rank: rank.rank, node, traceback: String(event.traceback) });
    case 'undeclared':
      return run.state === 'released' && !event.parks
        ? warn(run, String(event.why))
        : end(run, now, { kind: 'undeclared', why: String(event.why) }, COLLECT_MS);
    case 'unjudged':
      return warn(run, String(event.why));
    case 'unannounced':
      return run.state === 'released'
        ? []
        : end(
            run,
            now,
            {
              kind: 'undeclared',
              why: 'an optimizer steps, and nothing says what its learning rate should do',
            },
            COLLECT_MS,
          );
    case 'error':
      rank.error = {
        time: event.time as number,
        error: String(event.error),
        traceback: String(event.traceback),
      };
      return [];
    case 'end':
      rank.ended = true;
      return ends(run, rank, (event.trainings ?? []) as End[]);
    default:
      return [];
  }
}

function rankOf(run: Run, node: number, event: RankEvent): Rank {
  const known = run.ranks.get(event.rank);
  if (known) return known;
  const rank: Rank = {
    rank: event.rank,
    node,
    pid: 0,
    trainings: new Map(),
    steps: 0,
    skipped: 0,
    maxDeviation: 0,
    tail: [],
    ended: false,
    gone: false,
  };
  run.ranks.set(event.rank, rank);
  return rank;
}

function trainingOf(rank: Rank, optimizer = 0): Training {
  const training = rank.trainings.get(optimizer) ?? { steps: 0 };
  rank.trainings.set(optimizer, training);
  return training;
}

function declares(run: Run, rank: Rank, declared: Declared, judge: Judge, now: number): Action[] {
  // Declared again: a Trainer that starts over, with a smaller batch, before anything was released.
  const training: Training = { declared, steps: 0 };
  rank.trainings.set(declared.optimizer ?? 0, training);
  if ((declared.optimizer ?? 0) === 0) rank.declared = declared;
  for (const warning of judge.warnings(declared)) warn(run, warning);
  const other = [...run.ranks.values()].find(
    ({ rank: number, trainings }) =>
      number !== rank.rank && trainings.get(declared.optimizer ?? 0)?.declared !== undefined,
  );
  const theirs = other?.trainings.get(declared.optimizer ?? 0)?.declared;
  const contradiction =
    judge.contradiction(declared) ??
    (other && theirs && judge.disagreement?.(theirs, declared, [nameOf(run, other), nameOf(run, rank)]));
  if (contradiction && judge.stopOnMismatch && run.state === 'holding') {
    const { rank: number, node } = rank;
    return end(run, now, { kind: 'contradiction', rank: number, node, ...contradiction });
  }
  if (contradiction) warn(run, contradiction.message);
  if (!judge.projection || declared.unpredictable) hold(run, declared, judge, false);
  return [];
}

function nameOf(run: Run, { rank, node }: Rank): string {
  return `rank ${rank} on ${run.nodes[node]?.name ?? `node ${node}`}`;
}

/** N of one optimizer, decided once, by the first rank that can tell. */
function hold(run: Run, declared: Declared, judge: Judge, projection: boolean): void {
  const optimizer = declared.optimizer ?? 0;
  if (run.holds.has(optimizer)) return;
  const steps = judge.hold(declared, projection);
  run.holds.set(optimizer, steps);
  run.hold = Math.max(run.hold ?? 0, steps);
}

function violated(run: Run, rank: Rank, violation: Violation, judge: Judge, now: number): Action[] {
  rank.violation = violation;
  const tolerated =
    !violation.parks && (run.state === 'released' ? !judge.stopAfterRelease : !judge.stopOnMismatch);
  if (tolerated) {
    const { step, expected, actual } = violation.difference;
    const verb = violation.by === 'projection' ? 'will use' : 'uses';
    return warn(
      run,
      `${nameOf(run, rank)} ${verb} ${actual} instead of ${expected} from optimizer step ${step} on`,
    );
  }
  const all = run.ranks.size === run.worldSize && [...run.ranks.values()].every((other) => other.violation);
  const cause = { kind: 'violation', rank: rank.rank, node: rank.node, violation } as const;
  if (all && run.cause) return [{ do: 'stop', grace: HELD_GRACE, after: 0 }];
  return end(run, now, cause, all ? 0 : COLLECT_MS);
}

/** A sentence for the user, once. */
function warn(run: Run, text: string): Action[] {
  if (!run.warnings.includes(text)) run.warnings.push(text);
  return [];
}

/** Releases the run once every rank has shown enough steps, each of them as expected. */
function release(run: Run, judge: Judge): Action[] {
  if (run.state !== 'holding' || run.cause || run.ranks.size !== run.worldSize) return [];
  const proven = [...run.ranks.values()].every(
    ({ trainings, violation }) =>
      trainings.size >= (judge.optimizers ?? 1) &&
      (!violation || !judge.stopOnMismatch) &&
      [...trainings].every(
        ([optimizer, { declared, projected, steps }]) =>
          declared &&
          (projected || !judge.projection || declared.unpredictable) &&
          // Its violation follows: a rank says what it has projected first.
          (!projected?.difference || !judge.stopOnMismatch) &&
          steps >= (run.holds.get(optimizer) ?? Number.POSITIVE_INFINITY),
      ),
  );
  if (!proven) return [];
  run.state = 'released';
  return [{ do: 'release' }];
}

function deviation(event: RankEvent): number {
  const used = event.lrs as number[];
  const expected = event.expected as number[] | null;
  return expected ? Math.max(...used.map((lr, group) => Math.abs(lr - (expected[group] ?? lr)))) : 0;
}
