import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, RampcheckError } from '../errors.ts';
import { isFinal } from '../run/run.ts';
import type { Verdict } from '../run/verdict.ts';
import { readJob } from '../run-folder/job-document.ts';
import { isHere, type Supervisor, supervisorOf } from '../run-folder/owner.ts';
import { readRecord } from '../run-folder/record.ts';
import { briefStatusOf, statusOf } from '../run-folder/status.ts';
import { readVerdict } from '../run-folder/verdict-document.ts';
import { type ComeBack, comeBackTo, executorOf } from './come-back.ts';

/** How long a supervisor may take to stop its run, including the escalation to KILL (milliseconds). */
const ASKED = 30_000;

export interface Stopped {
  verdict: Verdict | undefined;
  /** True if the run had already ended. */
  already: boolean;
  /** How many processes were found and ended on nodes without a supervisor. */
  swept: number;
}

/**
 * Stops all processes of a run on all nodes, and returns when none is left: through its supervisor, or
 * without one through the nodes' agents.
 *
 * @throws RampcheckError `run-elsewhere` if its supervisor is on another machine; `run-damaged` if it has no supervisor, and
 *   its folder does not show what was started where.
 */
export async function stopRun(path: string, comeBack: Omit<ComeBack, 'mode'>): Promise<Stopped> {
  const before = readVerdict(path);
  if (before && isFinal(before.state)) return { verdict: before, already: true, swept: 0 };
  // With a supervisor nothing else is read, so a damaged folder does not prevent the stop.
  const supervisor = supervisorOf(path);
  if (supervisor) await endSupervisor(path, supervisor);
  const verdict = readVerdict(path);
  if (verdict && isFinal(verdict.state)) return { verdict, already: false, swept: 0 };
  const { state } = verdict ? briefStatusOf(path) : statusOf(path);
  if (state === 'lost') return { verdict: undefined, already: false, swept: await sweepAll(path) };
  const ended = await comeBackTo(path, { ...comeBack, mode: 'stop' });
  return { verdict: ended.verdict, already: false, swept: 0 };
}

/** Asks the supervisor, and ends it if it does not answer; a run without one is stopped through its agents. */
async function endSupervisor(path: string, supervisor: Supervisor): Promise<void> {
  if (!isHere(supervisor)) {
    throw new RampcheckError('run-elsewhere', `the supervisor of the run is on ${supervisor.host}`, {
      hint: `run rampcheck stop on ${supervisor.host}`,
      exitCode: ExitCode.usage,
    });
  }
  const same = () => supervisorOf(path)?.pid === supervisor.pid;
  for (const [signal, patience] of [
    ['SIGTERM', ASKED],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!same()) return;
    try {
      process.kill(supervisor.pid, signal);
    } catch {
      return;
    }
    for (const deadline = Date.now() + patience; same() && Date.now() < deadline; ) await sleep(50);
  }
}

/** A run that was held when its launcher was lost is ended by its nodes; the rest is ended now. */
async function sweepAll(path: string): Promise<number> {
  const record = readRecord(path);
  const executor = await executorOf({ record, job: readJob(path) });
  const sweeps = record.nodes.map((_, rank) => executor.sweep(record.id, rank));
  const counts = await Promise.all(sweeps).finally(async () => executor.close?.());
  return counts.reduce((sum, { killed }) => sum + killed, 0);
}
