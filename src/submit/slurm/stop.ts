import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Environment, QueuedBatch, Standing } from '../engine.ts';
import { ownWords } from './commands.ts';
import { commandsOf, refresh } from './refresh.ts';

/** How long scancel may take until the last process is gone, including Slurm's own grace (KillWait, 30 s) and a second TERM (milliseconds). */
const ENOUGH = 90_000;
const PAUSE = 200;

/**
 * Cancels the job and returns when Slurm reports its end.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with Slurm's own message.
 */
export async function stop(path: string, batch: QueuedBatch, env: Environment): Promise<Standing> {
  const { exitCode, stderr } = await commandsOf(batch.login, env).run(['scancel', batch.job]);
  if (exitCode !== 0) throw notStopped(batch.job, ownWords(stderr));
  let { words } = batch;
  for (const deadline = Date.now() + ENOUGH; Date.now() < deadline; await sleep(PAUSE)) {
    const standing = await refresh(path, batch, env);
    if (standing.phase === 'over') return standing;
    words = standing.words;
  }
  throw notStopped(batch.job, words);
}

function notStopped(job: string, words: string): RampcheckError {
  return new RampcheckError('not-stopped', `job ${job} has not ended: ${words}`, {
    hint: `squeue -j ${job} shows what it waits for`,
    exitCode: ExitCode.nodeLost,
  });
}
