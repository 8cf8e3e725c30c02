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

/** A supervisor that is asked to stop its run gets this long, a stop's own escalation included (milliseconds). */
const ASKED = 30_000;

export interface Stopped {
  verdict: Verdict | undefined;
  /** It had ended before. */
  already: boolean;
  /** Processes that were found and ended on nodes after their supervisor was gone. */
  swept: number;
}

/**
 * Stops every process of a run on every node, and returns when none is left: through the process that looks after it, or
 * without it through the nodes' agents.
 *
 * @throws RampcheckError `run-elsewhere` where it is looked after from another machine; `run-damaged` where nobody looks after it, and
 *   its folder does not say what was started where.
 */
export async function stopRun(path: string, comeBack: Omit<ComeBack, 'mode'>): Promise<Stopped> {
  const before = readVerdict(path);
  if (before && isFinal(before.state)) return { verdict: before, already: true, swept: 0 };
  // Nothing else is read as long as there is somebody to ask: what is damaged in the folder keeps nobody from it.
  const supervisor = supervisorOf(path);
  if (supervisor) await endSupervisor(path, supervisor);
  const verdict = readVerdict(path);
  if (verdict && isFinal(verdict.state)) return { verdict, already: false, swept: 0 };
  const { state } = verdict ? briefStatusOf(path) : statusOf(path);
  if (state === 'lost') return { verdict: undefined, already: false, swept: await sweepAll(path) };
  const ended = await comeBackTo(path, { ...comeBack, mode: 'stop' });
  return { verdict: ended.verdict, already: false, swept: 0 };
}

/** Asks, and ends a supervisor that does not answer; a run without one can be stopped through its agents. */
async function endSupervisor(path: string, supervisor: Supervisor): Promise<void> {
  if (!isHere(supervisor)) {
    throw new RampcheckError('run-elsewhere', `the run is looked after from ${supervisor.host}`, {
      hint: `stop it there: rampcheck stop on ${supervisor.host}`,
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

/** A run that was held when its launcher was lost ends by itself; what is still there is ended now. */
async function sweepAll(path: string): Promise<number> {
  const record = readRecord(path);
  const executor = await executorOf({ record, job: readJob(path) });
  const sweeps = record.nodes.map((_, rank) => executor.sweep(record.id, rank));
  const counts = await Promise.all(sweeps).finally(async () => executor.close?.());
  return counts.reduce((sum, count) => sum + count, 0);
}
