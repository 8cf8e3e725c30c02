import type { Finding } from '../checks/finding.ts';
import { type Difference, type Projection, projections } from '../contract/rank-event.ts';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { diagnose } from '../diagnosis/index.ts';
import { ExitCode } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { plural } from '../plural.ts';
import { agreeing, type Departure, departureOf, departureWords } from './departure.ts';
import { failedAt, firstError } from './react.ts';
import type { Contradiction, Rank, Run, RunState } from './run.ts';

/** The possible outcomes of a verdict. */
export const outcomes = ['released', 'aborted', 'violated', 'unverified'] as const;

/** The result of a run, with everything that a reader needs to act on it. */
export interface Verdict {
  outcome: (typeof outcomes)[number];
  state: RunState;
  exit_code: ExitCode;
  /** One sentence. */
  message: string;
  /** How the mismatch was detected, and before which optimizer step; null if there is none. */
  detected: { by: 'static' | 'projection' | 'observation'; step: number | null } | null;
  /** The optimizer step from which on the training does not follow the requested schedule; only for `violated`. */
  violated_from: number | null;
  diagnosis: ({ id: string; message: string; fix: string[] } & Partial<Diagnosis>) | null;
  /** The first difference: rank, node, step and values. */
  first_difference: (Difference & { rank: number; node: string; optimizer?: number }) | null;
  /** Largest |used or projected − expected| over all ranks, groups and the steps that were compared: to the first difference. */
  max_deviation: number | null;
  /** `agreeing`: ranks that support the outcome by their own results (departure.ts). */
  ranks: { total: number | null; agreeing: number };
  /** How much of the future was projected when the last rank was proven: the minimum over ranks and optimizers; null before. */
  projection: Projection | null;
  /** Optimizer steps that every rank had to prove, and that rank 0 has made. */
  hold_steps: number | null;
  steps_seen: number;
  /** Updates that overflow skipped, on rank 0. */
  skipped_updates: number;
  warnings: string[];
  /** The first failure of the training itself, if it failed. */
  root_cause: { node: string; rank: number | null; error: string; traceback: string | null } | null;
  /** Ranks that failed on their own, in order of time; ranks that were stopped are not included. */
  failures: { node: string; rank: number; error: string; seconds_later: number }[];
  /** Seconds from the first sign of the end until the last process on the last node is gone; null if nothing had to be stopped. */
  seconds_to_stop: number | null;
  nodes: { name: string; launcher_exit: number | null; processes_stopped: number; nothing_left: boolean }[];
}

/** The verdict of a run with no process left; with `goesOn`, of a released run that is still training. */
export function conclude(run: Run, job: Job, findings: readonly Finding[], goesOn = false): Verdict {
  return { ...summarize(run, goesOn), diagnosis: diagnosisOf(run, job, findings) ?? contradictionOf(run) };
}

/** The verdict without its diagnosis, which needs the job. */
export function summarize(run: Run, goesOn = false): Omit<Verdict, 'diagnosis'> {
  const departure = departureOf(run);
  const end = goesOn ? going(departure) : ending(run, departure);
  const ranks = [...run.ranks.values()];
  const first = firstViolation(run);
  const stopped = run.stoppedAt !== null && run.goneAt !== null && run.nodes.every(({ gone }) => gone);
  return {
    ...end,
    violated_from: end.outcome === 'violated' && departure ? departure.step : null,
    detected: first
      ? { by: first.violation.by, step: first.violation.step }
      : run.cause?.kind === 'contradiction' && !run.cause.inconclusive
        ? { by: 'projection', step: startOf(run, run.cause.rank) }
        : null,
    first_difference: first
      ? {
          ...first.violation.difference,
          rank: first.rank,
          node: nodeName(run, first.node),
          ...(first.violation.optimizer ? { optimizer: first.violation.optimizer } : {}),
        }
      : null,
    max_deviation: largestDeviation(ranks),
    ranks: { total: run.worldSize, agreeing: agreeing(ranks, end.outcome) },
    projection: projectionOf(ranks),
    hold_steps: run.hold,
    steps_seen: run.ranks.get(0)?.steps ?? 0,
    skipped_updates: run.ranks.get(0)?.skipped ?? 0,
    warnings: run.warnings,
    root_cause: rootCause(run),
    failures: failures(run),
    seconds_to_stop: stopped ? ((run.goneAt ?? 0) - (run.stoppedAt ?? 0)) / 1000 : null,
    nodes: run.nodes.map(({ name, exit, killed, gone }) => ({
      name,
      launcher_exit: exit?.code ?? null,
      processes_stopped: killed,
      nothing_left: gone,
    })),
  };
}

/** The maximum over all ranks and optimizers, in observed or projected steps; null without any, or if one is not a number. */
export function largestDeviation(ranks: readonly Rank[]): number | null {
  const all = ranks.flatMap(({ maxDeviation, trainings, violation, steps }) => [
    ...(steps > 0 ? [maxDeviation] : []),
    ...[...trainings.values()].flatMap(({ projected }) => projected?.max_deviation ?? []),
    ...(violation ? [violation.max_deviation] : []),
  ]);
  const largest = Math.max(...all);
  return Number.isFinite(largest) ? largest : null;
}

function projectionOf(ranks: readonly Rank[]): Projection | null {
  const known = ranks.flatMap(({ trainings }) =>
    [...trainings.values()].flatMap(({ proven }) => proven?.projection ?? []),
  );
  return projections.find((projection) => known.includes(projection)) ?? null;
}

function startOf(run: Run, rank: number): number {
  return run.ranks.get(rank)?.trainings.get(0)?.declared?.start ?? 0;
}

type Ending = Pick<Verdict, 'outcome' | 'state' | 'exit_code' | 'message'>;

/** The ending of a released run that is still training. */
function going(departure: Departure | undefined): Ending {
  const [outcome, what] = departure
    ? (['violated', departureWords(departure)] as const)
    : (['released', 'the learning rate follows the schedule'] as const);
  return { outcome, state: 'released', exit_code: ExitCode.done, message: `${what}; the training goes on` };
}

function ending(run: Run, departure: Departure | undefined): Ending {
  const { cause } = run;
  const outcome = departure ? 'violated' : run.state === 'released' ? 'released' : 'unverified';
  switch (cause?.kind) {
    case 'violation':
      return aborted(`the learning rate does not follow the schedule that was asked for`);
    case 'contradiction':
      return cause.inconclusive ? unverified(cause.message) : aborted(cause.message);
    case 'fault':
      return unverified(`rampcheck's callback failed in rank ${cause.rank} on ${nodeName(run, cause.node)}`);
    case 'undeclared':
      return unverified(
        `${cause.why}: add --expect "transformers:cosine lr=3e-4 warmup=2% total=4000", one per optimizer`,
      );
    case 'silent':
      return unverified(cause.reason);
    case 'training-failed':
      return {
        outcome,
        state: 'failed',
        exit_code: ExitCode.trainingFailed,
        message: 'the training failed by itself',
      };
    case 'not-started':
      return {
        outcome,
        state: 'failed',
        exit_code: ExitCode.nodeNotStarted,
        message: `${nodeName(run, cause.node)} could not be started: ${cause.reason}`,
      };
    case 'node-lost':
      return {
        outcome,
        state: 'failed',
        exit_code: ExitCode.nodeLost,
        message: `${nodeName(run, cause.node)} was lost: ${cause.reason}`,
      };
    case 'interrupted':
      return {
        outcome,
        state: 'aborted',
        exit_code:
          cause.signal === 'SIGTERM' || cause.signal === 'stop' ? ExitCode.terminated : ExitCode.interrupted,
        message: cause.signal === 'stop' ? 'stopped with rampcheck stop' : `stopped by ${cause.signal}`,
      };
    default:
      break;
  }
  if (departure) {
    const message = `${departureWords(departure)}; the training has finished`;
    return { outcome, state: 'finished', exit_code: ExitCode.done, message };
  }
  if (outcome === 'released') {
    return {
      outcome,
      state: 'finished',
      exit_code: ExitCode.done,
      message: 'the learning rate follows the schedule, and the training has finished',
    };
  }
  const { steps = 0, skipped = 0 } = run.ranks.get(0) ?? {};
  return unverified(
    steps === 0
      ? `the training ended before any optimizer step${skipped > 0 ? `: overflow skipped ${plural(skipped, 'update')}` : ''}`
      : `the training ended after ${plural(steps, 'optimizer step')}${run.hold === null ? ', too few to prove its learning rate' : `; ${run.hold} are needed to prove its learning rate`}`,
  );
}

function aborted(message: string): Ending {
  return { outcome: 'aborted', state: 'aborted', exit_code: ExitCode.scheduleViolation, message };
}

function unverified(message: string): Ending {
  return { outcome: 'unverified', state: 'unverified', exit_code: ExitCode.unverified, message };
}

function firstViolation(run: Run) {
  const cause = run.cause?.kind === 'violation' ? run.cause : undefined;
  if (cause) return cause;
  const departure = departureOf(run);
  if (departure && 'violation' in departure) {
    const { rank, violation } = departure;
    return { rank: rank.rank, node: rank.node, violation };
  }
  const rank = [...run.ranks.values()].find(({ violation }) => violation);
  return rank?.violation ? { rank: rank.rank, node: rank.node, violation: rank.violation } : undefined;
}

function diagnosisOf(run: Run, job: Job, findings: readonly Finding[]): Verdict['diagnosis'] {
  const first = firstViolation(run);
  const rank = first && run.ranks.get(first.rank);
  const declared = rank?.trainings.get(first?.violation.optimizer ?? 0)?.declared;
  if (first && declared) {
    const alone = aloneAmong(run, first);
    return diagnose({ job, declared, violation: first.violation, findings, ...(alone ? { alone } : {}) });
  }
  return null;
}

/** Explains a run without a violation: its requested schedule contradicts its training. */
export function contradictionOf(run: Run): Contradiction | null {
  if (firstViolation(run)) return null;
  const departure = departureOf(run);
  const found =
    run.cause?.kind === 'contradiction'
      ? run.cause
      : departure && 'contradiction' in departure && departure.contradiction;
  return found ? { id: found.id, message: found.message, fix: found.fix } : null;
}

/** The rank that found a difference, if every other rank has seen or projected the same step and found none. */
function aloneAmong(run: Run, first: NonNullable<ReturnType<typeof firstViolation>>) {
  const { rank, node, violation } = first;
  const others = [...run.ranks.values()].filter((other) => other.rank !== rank);
  const agrees = (other: Rank) => {
    const training = other.trainings.get(violation.optimizer ?? 0);
    const seen = (training?.declared?.start ?? 0) + (training?.steps ?? 0);
    return violation.by === 'projection' ? training?.projected?.available : seen > violation.difference.step;
  };
  const alone = others.length > 0 && others.every((other) => !other.violation && agrees(other));
  return alone ? { rank, node: nodeName(run, node), others: others.length } : undefined;
}

function rootCause(run: Run): Verdict['root_cause'] {
  if (run.cause?.kind === 'fault') {
    const { rank, node, traceback } = run.cause;
    return { node: nodeName(run, node), rank, error: traceback.trim().split('\n').at(-1) ?? '', traceback };
  }
  if (run.cause?.kind !== 'training-failed') return null;
  const first = firstError(run);
  if (first?.error) {
    return {
      node: nodeName(run, first.node),
      rank: first.rank,
      error: first.error.error,
      traceback: first.error.traceback,
    };
  }
  // There is no traceback (a signal, os._exit, a launcher that could not start): the last lines of output explain the most.
  const { node, reason } = run.cause;
  const died = [...run.ranks.values()].find((rank) => rank.node === node && rank.gone && !rank.ended);
  const tail = (died?.tail.length ? died.tail : run.nodes[node]?.tail) ?? [];
  return {
    node: nodeName(run, node),
    rank: died?.rank ?? null,
    error: reason,
    traceback: tail.join('\n') || null,
  };
}

function failures(run: Run): Verdict['failures'] {
  const first = firstError(run);
  if (!first) return [];
  return [...run.ranks.values()]
    .filter(({ error }) => error)
    .sort((a, b) => failedAt(run, a) - failedAt(run, b))
    .map((rank) => ({
      node: nodeName(run, rank.node),
      rank: rank.rank,
      error: rank.error?.error ?? '',
      seconds_later: Math.round(failedAt(run, rank) - failedAt(run, first)) / 1000,
    }));
}

function nodeName(run: Run, node: number): string {
  return run.nodes[node]?.name ?? `node ${node}`;
}
