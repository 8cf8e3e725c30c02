import { join } from 'node:path';
import { BATCH, type Batch, batchOf } from '../run-folder/batch.ts';
import { writeByRename } from '../write-by-rename.ts';
import { localCommands, type SlurmCommands } from './slurm/commands.ts';
import { settle } from './slurm/settle.ts';
import { stateOfJob } from './slurm/state.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Asks the engine how a batch run stands, and writes it into the run's folder: what is known of it, and when it is over the verdict
 * with its diagnosis. Without the engine's commands on this machine the folder stays as it is.
 */
export async function refreshBatch(path: string, env: Environment): Promise<Batch | undefined> {
  const batch = batchOf(path);
  if (batch?.engine === 'kubernetes' && batch.job !== null) {
    return (await import('./kubernetes/later.ts')).refresh(path, batch, env).catch(() => batch);
  }
  if (batch?.engine !== 'slurm' || batch.job === null) return batch;
  const state = await stateOfJob(await commandsOf(batch.login, env), batch.job).catch(() => undefined);
  if (!state) return batch;
  if (batch.copied && batch.phase !== 'over') await (await import('./slurm/login.ts')).bringBack(path, batch);
  settle(path, state);
  const phase = state.phase === 'gone' ? 'over' : state.phase;
  const known: Batch = { ...batch, phase, words: [state.state, state.reason].filter(Boolean).join(', ') };
  writeByRename(join(path, BATCH), `${JSON.stringify(known, null, 2)}\n`);
  return known;
}

/** Slurm's commands where the run was submitted: on this machine, or through its login node. */
export async function commandsOf(login: string | undefined, env: Environment): Promise<SlurmCommands> {
  if (login === undefined) return localCommands(env);
  return (await import('./slurm/login.ts')).loginCommands(login);
}
