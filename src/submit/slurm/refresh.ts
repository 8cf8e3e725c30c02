import type { Cause } from '../../run/run.ts';
import type { Environment, QueuedBatch, Standing } from '../engine.ts';
import { isSettled, lastWord } from '../settle.ts';
import { localCommands, type SlurmCommands } from './commands.ts';
import { bringBack, loginCommands } from './login.ts';
import { type JobState, stateOfJob } from './state.ts';

/** Asks Slurm, and brings here what a job has written that runs on another file system. */
export async function refresh(path: string, batch: QueuedBatch, env: Environment): Promise<Standing> {
  const job = await stateOfJob(commandsOf(batch.login, env), batch.job);
  if (batch.copied && batch.phase !== 'over') await bringBack(path, batch);
  const phase = job.phase === 'gone' ? 'over' : job.phase;
  const said = lastWord(path);
  const words = [job.state, job.reason].filter(Boolean).join(', ');
  if (isSettled(path) || (!said && phase !== 'over')) return { phase, words };
  const interruption = job.state === 'TIMEOUT' ? 'the time limit of the job ended it' : undefined;
  return { phase, words, ending: { said, cause: causeOf(job, path), interruption } };
}

/** Slurm's commands where the run was submitted: on this machine, or through its login node. */
export function commandsOf(login: string | undefined, env: Environment): SlurmCommands {
  return login === undefined ? localCommands(env) : loginCommands(login);
}

/** The coordinator was lost with its node, or never began: Slurm alone knows how the job ended. */
function causeOf({ state, exitCode, reason }: JobState, path: string): Cause {
  if (state === 'CANCELLED' || state === 'TIMEOUT') return { kind: 'interrupted', signal: 'SIGTERM' };
  const words = [state, reason].filter(Boolean).join(', ') || 'Slurm has forgotten the job';
  if (state === 'NODE_FAIL' || state === 'BOOT_FAIL') return { kind: 'node-lost', node: 0, reason: words };
  const unseen = `is ${path} on a file system that the nodes see?`;
  const why = /:53$/.test(exitCode) ? `Slurm could not write the job's output: ${unseen}` : words;
  return { kind: 'not-started', node: 0, reason: why };
}
