import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, RampcheckError } from '../errors.ts';
import { batchOf } from '../run-folder/batch.ts';
import { readVerdict } from '../run-folder/record.ts';
import type { Stopped } from '../supervise/stop-run.ts';
import { commandsOf, refreshBatch } from './refresh.ts';
import { ownWords } from './slurm/commands.ts';

/** From scancel to the last process: Slurm's own grace (KillWait, 30 s) and a second TERM are in it (milliseconds). */
const ENOUGH = 90_000;

/**
 * Cancels a batch run and returns when its job is over.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with the engine's own words.
 */
export async function stopBatch(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Stopped> {
  const batch = batchOf(path);
  if (batch?.engine === 'kubernetes') {
    return { ...(await (await import('./kubernetes/later.ts')).stop(path, batch, env)), swept: 0 };
  }
  const before = await refreshBatch(path, env);
  if (before?.phase === 'over' || !before?.job) {
    return { verdict: readVerdict(path), already: true, swept: 0 };
  }
  const { exitCode, stderr } = await (await commandsOf(before.login, env)).run(['scancel', before.job]);
  if (exitCode !== 0) throw notStopped(before.job, ownWords(stderr));
  for (const deadline = Date.now() + ENOUGH; Date.now() < deadline; await sleep(200)) {
    if ((await refreshBatch(path, env))?.phase === 'over') {
      return { verdict: readVerdict(path), already: false, swept: 0 };
    }
  }
  throw notStopped(before.job, batchOf(path)?.words ?? '');
}

function notStopped(job: string, words: string): RampcheckError {
  return new RampcheckError('not-stopped', `job ${job} has not ended: ${words}`, {
    hint: `squeue -j ${job} says what it waits for`,
    exitCode: ExitCode.nodeLost,
  });
}
