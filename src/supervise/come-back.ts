import { RampcheckError } from '../errors.ts';
import type { Executor } from '../executors/executor.ts';
import { makeExecutor } from '../executors/index.ts';
import { makeRedactor } from '../redact/redact.ts';
import type { RunReporter } from '../run/reporter.ts';
import type { Verdict } from '../run/verdict.ts';
import { runDirectory } from '../run-folder/directory.ts';
import { mend } from '../run-folder/ledger.ts';
import { claimRun } from '../run-folder/owner.ts';
import { type Remembered, rememberRun } from '../run-folder/record.ts';
import { openRunLog } from '../run-folder/run-log.ts';
import { supervise } from './supervise.ts';

export interface ComeBack {
  /** `look`: read what was missed and leave again. */
  mode: 'follow' | 'look' | 'stop';
  env: Readonly<Record<string, string | undefined>>;
  reporter(remembered: Remembered, redact: (text: string) => string): RunReporter;
}

/**
 * Comes back to a released run whose launcher is gone: what was missed is read from the nodes and written into the run's folder as if
 * the launcher had been there, and after the end the final verdict too. One process at a time does this.
 *
 * @returns the verdict as it is now.
 * @throws RampcheckError `run-supervised` when another process looks after the run.
 */
export async function comeBackTo(path: string, { mode, env, reporter }: ComeBack): Promise<Verdict> {
  const lock = claimRun(path);
  if ('supervisor' in lock) {
    const { pid, host } = lock.supervisor;
    throw new RampcheckError('run-supervised', `process ${pid} on ${host} looks after this run`, {
      hint: 'rampcheck logs -f shows what it says; rampcheck stop ends it',
    });
  }
  try {
    mend(path);
    const remembered = rememberRun(path);
    const { record, job, plan, run, agents } = remembered;
    let redact = makeRedactor({ ...env, ...job.env }, job.command.argv);
    const masked = (text: string) => redact(text);
    const logger = openRunLog(path);
    logger.info({ run: record.id, mode }, 'come back to');
    const executor = await executorOf(remembered);
    return await supervise({
      job,
      plan,
      findings: record.findings,
      judge: record.options,
      executor,
      directory: runDirectory(record.id, path, masked),
      reporter: reporter(remembered, masked),
      log: (state, detail) => logger.info({ state, ...detail }, 'run'),
      redact: masked,
      resumed: {
        run,
        agents,
        follow: mode !== 'look',
        stop: mode === 'stop',
        learn({ env: theirs, argv }) {
          const [before, more] = [redact, makeRedactor(theirs, argv)];
          redact = (text) => more(before(text));
        },
      },
    }).finally(async () => executor.close?.());
  } finally {
    lock.unlock();
  }
}

/** The nodes of a run, each of them reached when it is needed. */
export async function executorOf({ job, record }: Pick<Remembered, 'job' | 'record'>): Promise<Executor> {
  const executor = await makeExecutor(job.executor, record.way);
  await executor.prepare?.(job.nodes, { oneByOne: true });
  return executor;
}
