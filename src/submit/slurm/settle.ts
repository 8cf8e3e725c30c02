import { join } from 'node:path';
import { end } from '../../run/react.ts';
import { type Cause, isFinal } from '../../run/run.ts';
import { conclude, type Verdict } from '../../run/verdict.ts';
import { readVerdict, rememberRun } from '../../run-folder/record.ts';
import { writeByRename } from '../../write-by-rename.ts';
import type { JobState } from './state.ts';

/**
 * Writes the verdict of a job that is over into its folder, with its diagnosis: from what its coordinator has written down, through the
 * state machine of every other run, and from what Slurm says where there was no coordinator to write. Once.
 */
export function settle(path: string, { phase, ...slurm }: JobState): void {
  const known = readVerdict(path) as (Verdict & { by?: string }) | undefined;
  const final = known !== undefined && isFinal(known.state);
  if (known?.by === 'replay' || (!final && phase !== 'over' && phase !== 'gone')) return;
  const { run, job, record } = rememberRun(path);
  // Nothing has ever been started there.
  if (run.state === 'preparing') for (const node of run.nodes) node.gone = true;
  // The coordinator was lost with its node, or never began: Slurm alone knows how it ended.
  if (!final) end(run, Date.now(), causeOf(slurm, path));
  const replayed = conclude(run, job, record.findings);
  const timeout = slurm.state === 'TIMEOUT' && run.cause?.kind === 'interrupted';
  write(path, {
    ...replayed,
    // What the nodes have verified is the coordinator's to say.
    ...(final && { seconds_to_stop: known.seconds_to_stop, nodes: known.nodes }),
    message: timeout ? 'the time limit of the job ended it' : replayed.message,
    by: 'replay',
  });
}

function causeOf({ state, exitCode, reason }: Omit<JobState, 'phase'>, path: string): Cause {
  if (state === 'CANCELLED' || state === 'TIMEOUT') return { kind: 'interrupted', signal: 'SIGTERM' };
  const words = [state, reason].filter(Boolean).join(', ') || 'Slurm has forgotten the job';
  if (state === 'NODE_FAIL' || state === 'BOOT_FAIL') return { kind: 'node-lost', node: 0, reason: words };
  const unseen = `is ${path} on a file system that the nodes see?`;
  const why = /:53$/.test(exitCode) ? `Slurm could not write the job's output: ${unseen}` : words;
  return { kind: 'not-started', node: 0, reason: why };
}

function write(path: string, verdict: Verdict & { by: 'replay' }): void {
  writeByRename(join(path, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`);
}
