import type { AgentEvent } from '../contract/agent-messages.ts';
import { seconds } from '../contract/contract.ts';
import type { Declared, EventOf, RankEvent } from '../contract/rank-event.ts';
import { plural } from '../plural.ts';
import { formatRates } from '../rate.ts';
import { hasFound } from './departure.ts';
import { disagreement } from './disagreement.ts';
import { endAfterTraining, launchersLinger } from './finish.ts';
import type { Cause, Contradiction, Rank, Run, Training } from './run.ts';

/*
 * The state machine: one event of one node in, actions out. It counts what the ranks have decided (`proven`, `parks`) and decides nothing
 * about learning rates by itself. src/node/rampcheck_node/machine.py is the same machine for a batch job; test/run/machine/ holds both
 * to one table of sequences.
 */

/** An action on the nodes of the run. `after` is in milliseconds; `grace` is in seconds, between TERM and KILL. */
export type Action = { do: 'release' } | { do: 'stop'; grace: number; after: number };

/** The user's options that the state machine needs. */
export interface Rules {
  /** How many optimizers every rank must prove before the run is released. */
  optimizers: number;
  /** --on-mismatch abort: ranks with different requested schedules end a held run. */
  stopOnMismatch: boolean;
}

/** How long other ranks have to detect the same (milliseconds); then everything is stopped, well within a second. */
const COLLECT_MS = seconds.collect * 1000;
/** How many lines of output are quoted if nothing else shows why it ended. */
const TAIL_LINES = 20;
/** Seconds between TERM and KILL for a held run, which has nothing to save. */
const HELD_GRACE = seconds.held_grace;
/** Seconds between TERM and KILL for a released run, whose other ranks may still be writing. */
export const RELEASED_GRACE = seconds.released_grace;

/** Applies one event of one node to the run and returns the resulting actions. `now` is in milliseconds. */
export function react(run: Run, node: number, event: AgentEvent, rules: Rules, now: number): Action[] {
  switch (event.type) {
    case 'started':
      if (run.state === 'preparing') run.state = 'starting';
      return [];
    case 'rank':
      readClock(run, node, event.event.time, now);
      return reactToRank(run, node, event.event, rules, now);
    case 'log': {
      const source = event.rank === null ? run.nodes[node] : run.ranks.get(event.rank);
      if (source) source.tail = [...source.tail, ...event.lines].slice(-TAIL_LINES);
      return [];
    }
    case 'rank_gone': {
      const rank = run.ranks.get(event.rank);
      if (rank) rank.gone = true;
      if (rank && event.exit) rank.exit = event.exit;
      return endLingering(run);
    }
    case 'exited': {
      const view = run.nodes[node];
      if (view) view.exit = { code: event.code, signal: event.signal };
      if (event.code === 0 || run.cause || run.complete) return [];
      const after = endAfterTraining(run, node);
      if (after) {
        warn(run, after);
        return endLingering(run);
      }
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

/** A node that has lost its agent was swept: what the agent would have reported as `gone`. */
export function takeSwept(
  run: Run,
  node: number,
  { killed, nothingLeft }: { killed: number; nothingLeft: boolean },
  now: number,
): void {
  const view = run.nodes[node];
  if (!view || view.gone || !nothingLeft) return;
  Object.assign(view, { gone: true, killed: view.killed + killed });
  run.goneAt = now;
}

/** Ends the run for a reason; only the first reason counts. */
export function end(run: Run, now: number, cause: NonNullable<Run['cause']>, after = 0): Action[] {
  if (run.cause) return [];
  run.cause = cause;
  run.stoppedAt = now;
  return [{ do: 'stop', grace: run.state === 'released' ? RELEASED_GRACE : HELD_GRACE, after }];
}

function endLingering(run: Run): Action[] {
  if (run.complete || !launchersLinger(run)) return [];
  run.complete = true;
  return [{ do: 'stop', grace: RELEASED_GRACE, after: 0 }];
}

/** Warns if the run did not reach the total of its schedule or exceeded it. Rank 0 reports for all ranks. */
function ends(run: Run, rank: Rank, trainings: EventOf<'end'>['trainings']): Action[] {
  if (rank.rank !== 0 || run.cause || rank.error) return [];
  for (const { optimizer, step, total } of trainings) {
    const which = trainings.length > 1 ? ` of optimizer ${optimizer + 1}` : '';
    if (total === null || step === total || step === 0) continue;
    warn(
      run,
      step < total
        ? `the training${which} ended after ${step} of the ${total} optimizer steps of its schedule`
        : `the training${which} made ${step} optimizer steps, but its curve ends at ${total}: the later steps were not judged`,
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

/** Smaller differences (milliseconds) are message delays, not clock errors. */
const CLOCK_OFF = 1000;

/** When a rank failed (milliseconds, corrected for the clock error of its node); Infinity if it did not. */
export function failedAt(run: Run, { node, error }: Rank): number {
  if (!error) return Number.POSITIVE_INFINITY;
  const clocks = run.nodes.flatMap(({ clock }) => (clock === undefined ? [] : [clock]));
  const behind = (run.nodes[node]?.clock ?? 0) - Math.min(...clocks, Number.POSITIVE_INFINITY);
  return error.time / 1e6 + (behind > CLOCK_OFF ? behind : 0);
}

/** Every event carries the node's clock plus a message delay, so the smallest difference is the best estimate. */
function readClock(run: Run, node: number, time: unknown, now: number): void {
  const view = run.nodes[node];
  if (!view || typeof time !== 'number') return;
  view.clock = Math.min(view.clock ?? Number.POSITIVE_INFINITY, now - time / 1e6);
}

function reactToRank(run: Run, node: number, event: RankEvent, rules: Rules, now: number): Action[] {
  const rank = rankOf(run, node, event);
  switch (event.type) {
    case 'hello':
      return meets(run, rank, node, event, rules, now);
    case 'declared':
      return declares(run, rank, event, rules, now);
    case 'projected':
      trainingOf(rank, event.optimizer).projected = event;
      return [];
    case 'hold':
      trainingOf(rank, event.optimizer).hold = event.steps;
      run.hold = Math.max(run.hold ?? 0, event.steps);
      return [];
    case 'step':
      rank.steps++;
      trainingOf(rank, event.optimizer).steps++;
      rank.maxDeviation = Math.max(rank.maxDeviation, deviation(event));
      return [];
    case 'skipped':
      rank.skipped = event.skipped;
      return [];
    case 'proven':
      trainingOf(rank, event.optimizer).proven = { steps: event.steps, projection: event.projection };
      return release(run, rules);
    case 'violation':
      return violates(run, rank, event, rules, now);
    case 'contradiction':
      return contradicts(run, rank, event, rules, now);
    case 'fault':
    case 'invalid':
      return fails(run, rank, event, now);
    case 'undeclared':
      return event.parks
        ? end(run, now, { kind: 'undeclared', why: event.why }, COLLECT_MS)
        : warn(run, event.why);
    case 'unjudged':
      return warn(run, event.why);
    case 'error':
      rank.error = { time: event.time, error: event.error, traceback: event.traceback };
      return [];
    case 'end':
      rank.ended = event.trainings;
      return ends(run, rank, event.trainings);
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
    gone: false,
  };
  run.ranks.set(event.rank, rank);
  return rank;
}

/** A rank reports for the first time: it must be one of the run's, and not another training that a node has for itself. */
function meets(
  run: Run,
  rank: Rank,
  node: number,
  event: EventOf<'hello'>,
  rules: Rules,
  now: number,
): Action[] {
  const apart = apartness(run, rank, node, event);
  rank.pid = event.pid;
  run.worldSize ??= event.world_size;
  run.heldSince ??= now;
  if (run.state === 'preparing' || run.state === 'starting') run.state = 'holding';
  if (!apart) return [];
  const found = {
    id: 'ranks-apart',
    message: `${apart}: each node trains for itself`,
    fix: [
      'tell the launcher on every node how many there are and where they meet: the number of nodes, the rank of the node, address and port',
      'some launchers ignore it in a mode of theirs: accelerate launch --cpu starts one process on each machine',
    ],
  };
  if (!rules.stopOnMismatch || run.state === 'released') {
    run.contradiction ??= found;
    return warn(run, found.message);
  }
  return end(run, now, { kind: 'contradiction', rank: rank.rank, node, ...found });
}

/** Why a rank that reports is none of the run's; undefined when it is one. */
function apartness(run: Run, rank: Rank, node: number, event: EventOf<'hello'>): string | undefined {
  const size = event.world_size;
  const name = nodeName(run, node);
  if (rank.pid !== 0 && !rank.gone && rank.node !== node)
    return `rank ${rank.rank} runs twice, on ${nodeName(run, rank.node)} and on ${name}`;
  if (size < run.nodes.length)
    return `rank ${rank.rank} on ${name} is one of ${plural(size, 'rank')}, and the run has ${run.nodes.length} nodes`;
  if (run.worldSize !== null && run.worldSize !== size)
    return `rank ${rank.rank} on ${name} is one of ${plural(size, 'rank')}, and others are of ${run.worldSize}`;
  return undefined;
}

function nodeName(run: Run, node: number): string {
  return run.nodes[node]?.name ?? `node ${node}`;
}

function trainingOf(rank: Rank, optimizer: number): Training {
  const training = rank.trainings.get(optimizer) ?? { steps: 0 };
  rank.trainings.set(optimizer, training);
  return training;
}

function declares(run: Run, rank: Rank, event: EventOf<'declared'>, rules: Rules, now: number): Action[] {
  // Declared again: a Trainer that starts again with a smaller batch, before the release.
  rank.trainings.set(event.optimizer, { declared: event, steps: 0 });
  const [other, theirs] = declaredElsewhere(run, rank, event.optimizer) ?? [];
  const differ = other && theirs && disagreement(theirs, event, [nameOf(run, other), nameOf(run, rank)]);
  if (!differ) return [];
  if (!rules.stopOnMismatch || run.state === 'released') return tolerate(run, differ);
  return end(run, now, { kind: 'contradiction', rank: rank.rank, node: rank.node, ...differ });
}

/** The first other rank that has declared the same optimizer. */
function declaredElsewhere({ ranks }: Run, { rank }: Rank, optimizer: number): [Rank, Declared] | undefined {
  for (const other of ranks.values()) {
    const declared = other.rank === rank ? undefined : other.trainings.get(optimizer)?.declared;
    if (declared) return [other, declared];
  }
  return undefined;
}

/** Records a contradiction that no rank has detected itself and that does not end the run. */
export function tolerate(run: Run, { id, message, fix }: Contradiction): Action[] {
  run.contradiction ??= { id, message, fix };
  return warn(run, message);
}

function nameOf(run: Run, { rank, node }: Rank): string {
  return `rank ${rank} on ${nodeName(run, node)}`;
}

function violates(run: Run, rank: Rank, event: EventOf<'violation'>, rules: Rules, now: number): Action[] {
  rank.violation ??= event;
  if (event.parks)
    return stopTogether(run, now, { kind: 'violation', rank: rank.rank, node: rank.node, violation: event });
  trainingOf(rank, event.optimizer).tolerated = true;
  const { step, expected, actual } = event.difference;
  const verb = event.by === 'projection' ? 'will use' : 'uses';
  const [used, wanted] = formatRates(actual, expected);
  warn(run, `${nameOf(run, rank)} ${verb} ${used} instead of ${wanted} from optimizer step ${step} on`);
  return release(run, rules);
}

function contradicts(
  run: Run,
  rank: Rank,
  event: EventOf<'contradiction'>,
  rules: Rules,
  now: number,
): Action[] {
  const { optimizer, parks, id, message, fix } = event;
  rank.contradiction ??= { id, message, fix };
  if (parks)
    return stopTogether(run, now, {
      kind: 'contradiction',
      rank: rank.rank,
      node: rank.node,
      id,
      message,
      fix,
    });
  trainingOf(rank, optimizer).tolerated = true;
  warn(run, message);
  return release(run, rules);
}

/** Ends the run after the other ranks had time to detect the same, or at once if all of them have. */
function stopTogether(run: Run, now: number, cause: Cause): Action[] {
  const all = run.ranks.size === run.worldSize && [...run.ranks.values()].every(hasFound);
  if (all && run.cause) return [{ do: 'stop', grace: HELD_GRACE, after: 0 }];
  return end(run, now, cause, all ? 0 : COLLECT_MS);
}

/** Handles a failed callback, or an event that no callback of this version sends. */
function fails(run: Run, { rank, node }: Rank, event: EventOf<'fault' | 'invalid'>, now: number): Action[] {
  if (event.type === 'fault') {
    return event.parks
      ? end(run, now, { kind: 'fault', rank, node, traceback: event.traceback })
      : warn(run, `rank ${rank}: the callback failed and takes no further part`);
  }
  const why = `the event '${event.event}' of rank ${rank} is not valid: ${event.field}`;
  return run.state === 'released'
    ? warn(run, why)
    : end(run, now, { kind: 'fault', rank, node, traceback: why });
}

/** Adds a warning, once. */
export function warn(run: Run, text: string): Action[] {
  if (!run.warnings.includes(text)) run.warnings.push(text);
  return [];
}

/**
 * Releases the run once every rank has proven all of its optimizers, at least as many as requested. A rank that has left its curve
 * and continues (--on-mismatch warn) need not prove anything.
 */
function release(run: Run, rules: Rules): Action[] {
  if (run.state !== 'holding' || run.cause || run.ranks.size !== run.worldSize) return [];
  // A node without a rank may yet have one that is none of these.
  if (new Set([...run.ranks.values()].map(({ node }) => node)).size < run.nodes.length) return [];
  const done = [...run.ranks.values()].every(
    ({ trainings }) =>
      trainings.size >= rules.optimizers &&
      [...trainings.values()].every(({ proven, tolerated }) => proven || tolerated),
  );
  if (!done) return [];
  run.state = 'released';
  return [{ do: 'release' }];
}

function deviation({ lrs, expected }: EventOf<'step'>): number {
  const compared = lrs.slice(0, expected?.length ?? 0);
  return Math.max(0, ...compared.map((lr, group) => Math.abs(lr - (expected?.[group] as number))));
}
