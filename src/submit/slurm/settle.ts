import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end } from '../../run/react.ts';
import type { Cause } from '../../run/run.ts';
import { conclude, type Verdict } from '../../run/verdict.ts';
import { replay } from '../replay.ts';
import type { JobState } from './state.ts';

const FINAL = ['finished', 'aborted', 'failed', 'unverified'];

/**
 * The verdict of a job, with its diagnosis, from what its folder holds and what Slurm says; written into the folder once nothing
 * will change any more. undefined while it is queued, or held.
 */
export function settle(path: string, { phase, ...slurm }: JobState): Verdict | undefined {
  const known = readVerdict(path);
  if (known && FINAL.includes(known.state) && known.diagnosis !== null) return known;
  const { run, job, findings } = replay(path);
  const over = phase === 'over' || phase === 'gone';
  const final = known && FINAL.includes(known.state);
  if (!over && !final) return run.state === 'released' ? conclude(run, job, findings, true) : undefined;
  // The coordinator was lost with its node, or never began: Slurm alone knows how it ended.
  if (!final) end(run, Date.now(), causeOf(slurm, path));
  const replayed = conclude(run, job, findings);
  const verdict = {
    ...replayed,
    // What the nodes have verified is the coordinator's to say.
    ...(final && { seconds_to_stop: known.seconds_to_stop, nodes: known.nodes }),
    message: slurm.state === 'TIMEOUT' && run.cause?.kind === 'interrupted' ? TIMEOUT : replayed.message,
  };
  write(path, verdict);
  return verdict;
}

const TIMEOUT = 'the time limit of the job ended it';

function causeOf({ state, exitCode, reason }: Omit<JobState, 'phase'>, path: string): Cause {
  if (state === 'CANCELLED') return { kind: 'interrupted', signal: 'SIGTERM' };
  if (state === 'TIMEOUT') return { kind: 'interrupted', signal: 'SIGTERM' };
  const words = [state, reason].filter(Boolean).join(', ') || 'Slurm has forgotten the job';
  if (state === 'NODE_FAIL' || state === 'BOOT_FAIL') return { kind: 'node-lost', node: 0, reason: words };
  if (/:53$/.test(exitCode)) {
    const why = `Slurm could not write into ${path}: it is not on a file system that the nodes see`;
    return { kind: 'not-started', node: 0, reason: why };
  }
  return {
    kind: 'not-started',
    node: 0,
    reason: `the job ended without a verdict (${words}, exit code ${exitCode})`,
  };
}

function readVerdict(path: string): Verdict | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'verdict.json'), 'utf8')) as Verdict;
  } catch {
    return undefined;
  }
}

function write(path: string, verdict: Verdict): void {
  const temporary = join(path, '.verdict.json.tmp');
  writeFileSync(temporary, `${JSON.stringify(verdict, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, join(path, 'verdict.json'));
}
