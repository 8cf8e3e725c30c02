import { agreeing } from '../run/departure.ts';
import { isFinal, type RunState } from '../run/run.ts';
import { largestDeviation, type Verdict } from '../run/verdict.ts';
import { type Batch, batchOf } from './batch.ts';
import { type Supervisor, supervisorOf } from './owner.ts';
import { readLastRates, type UsedRate } from './rates.ts';
import { rememberRun } from './remember.ts';
import { readVerdict } from './verdict-document.ts';

/** The state of a run, read only from its folder. */
export interface RunStatus {
  run: string;
  path: string;
  /** ISO time of the start, and the machine on which it was started. */
  started: string;
  host: string;
  command: string[];
  /** `lost`: its launcher ended while the run was held; the nodes then end the run themselves. */
  state: RunState | 'lost' | 'queued';
  /** The engine of a batch job. */
  batch: Batch | null;
  /** The supervisor; null if there is none. */
  attended: Supervisor | null;
  verdict: Verdict | null;
  /** Optimizer steps of rank 0 so far, and in total. */
  step: number | null;
  total: number | null;
  /** The last step of every optimizer, for each of its parameter groups. */
  lr: UsedRate[];
  max_deviation: number | null;
  /** `agreeing`: as in a verdict; before there is one, the ranks that are proven. */
  ranks: { total: number | null; running: number; agreeing: number };
  nodes: { name: string; state: 'starting' | 'running' | 'ended'; ranks: number }[];
  warnings: string[];
}

/** Returns whether the run has ended for good. */
export function isOver({ state }: Pick<RunStatus, 'state'>): boolean {
  return state === 'lost' || (state !== 'queued' && isFinal(state));
}

/**
 * Returns the state of a run without asking its nodes.
 *
 * @throws RampcheckError `run-damaged`
 */
export function statusOf(path: string, remembered = rememberRun(path)): RunStatus {
  const supervisor = supervisorOf(path);
  const batch = batchOf(path);
  const { record, job, run, agents, verdict } = remembered;
  const ranks = [...run.ranks.values()];
  const lr = readLastRates(path);
  return {
    run: record.id,
    path,
    started: record.started,
    host: record.host,
    command: [...job.command.argv],
    state: stateOf(run.state, verdict, supervisor, batch),
    batch: batch ?? null,
    attended: supervisor ?? null,
    verdict: verdict ?? null,
    step: lr[0]?.step === undefined ? null : lr[0].step + 1,
    total: run.ranks.get(0)?.trainings.get(0)?.declared?.total || null,
    lr,
    max_deviation: verdict?.max_deviation ?? largestDeviation(ranks),
    ranks: {
      total: run.worldSize,
      running: ranks.filter(({ gone }) => !gone).length,
      agreeing: agreeing(ranks, verdict?.outcome ?? 'released'),
    },
    nodes: run.nodes.map(({ name, gone }, node) => ({
      name,
      state: gone ? 'ended' : agents[node] ? 'running' : 'starting',
      ranks: ranks.filter((rank) => rank.node === node).length,
    })),
    warnings: run.warnings,
  };
}

/**
 * A short form for lists: the event log is not read.
 *
 * @throws RampcheckError `run-damaged`
 */
export function briefStatusOf(
  path: string,
): Pick<RunStatus, 'state' | 'batch' | 'attended' | 'verdict' | 'step'> {
  const supervisor = supervisorOf(path);
  const batch = batchOf(path);
  const verdict = readVerdict(path);
  const step = readLastRates(path)[0]?.step;
  const state = verdict?.state ?? (supervisor || batch ? 'holding' : 'lost');
  return {
    state: stateOf(state, verdict, supervisor, batch),
    batch: batch ?? null,
    attended: supervisor ?? null,
    verdict: verdict ?? null,
    step: step === undefined ? null : step + 1,
  };
}

function stateOf(
  state: RunStatus['state'],
  verdict: Verdict | undefined,
  supervisor: Supervisor | undefined,
  batch: Batch | undefined,
) {
  if (verdict && isFinal(verdict.state)) return verdict.state;
  if (batch) return batch.phase === 'queued' ? 'queued' : batch.phase === 'over' ? 'lost' : state;
  if (supervisor || state === 'released') return state;
  return 'lost';
}
