import type { Cause } from '../../run/run.ts';
import type { Environment, QueuedBatch, Standing } from '../engine.ts';
import { isSettled, lastWord } from '../settle.ts';
import { localCommands, type SlurmCommands } from './commands.ts';
import { bringBack, loginCommands } from './login.ts';
import { type JobState, stateOfJob } from './state.ts';

/** Asks Slurm for the state of a job, and copies its files if it runs on another file system. */
export async function refresh(path: string, batch: QueuedBatch, env: Environment): Promise<Standing> {
  const job = await stateOfJob(commandsOf(batch.login, env), batch.job);
  if (batch.copied && batch.phase !== 'over') await bringBack(path, batch);
  const phase = job.phase === 'gone' ? 'over' : job.phase;
  const said = lastWord(path);
  const words = [job.state, job.reason].filter(Boolean).join(', ');
  if (isSettled(path) || (!said && phase !== 'over')) return { phase, words };
  const interruption = job.state === 'TIMEOUT' ? 'the job reached its time limit' : undefined;
  return { phase, words, ending: { said, cause: causeOf(job, path), interruption } };
}

/** Slurm's commands for a run: on this machine, or on its login node. */
export function commandsOf(login: string | undefined, env: Environment): SlurmCommands {
  return login === undefined ? localCommands(env) : loginCommands(login);
}

/** If the coordinator was lost with its node or never started, only Slurm knows how the job ended. */
function causeOf({ state, exitCode, reason }: JobState, path: string): Cause {
  if (state === 'CANCELLED' || state === 'TIMEOUT') return { kind: 'interrupted', signal: 'SIGTERM' };
  const words = [state, reason].filter(Boolean).join(', ') || 'Slurm has forgotten the job';
  if (state === 'NODE_FAIL' || state === 'BOOT_FAIL') return { kind: 'node-lost', node: 0, reason: words };
  const unseen = `check that ${path} is on a file system that the nodes share`;
  const why = /:53$/.test(exitCode) ? `Slurm could not write the job's output: ${unseen}` : words;
  return { kind: 'not-started', node: 0, reason: why };
}
