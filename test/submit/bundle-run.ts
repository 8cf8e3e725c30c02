import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { environment, files } from '../../src/contract/contract.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { readJob } from '../../src/read/read-job.ts';
import { conclude, type Verdict } from '../../src/run/verdict.ts';
import { makeRunDirectory } from '../../src/run-folder/directory.ts';
import { rememberRun } from '../../src/run-folder/remember.ts';
import { makeBundle, meeting } from '../../src/submit/bundle.ts';
import { recordBatch } from '../../src/submit/record.ts';
import { fixtures, readJson, scratch } from '../support/cli.ts';
import { endAllOf, processesOf } from '../support/processes.ts';

/** The bundle without a batch system: each node's task is a process of this machine. */
const batchTraining = join(fixtures, 'batch-training');

export function bundleOf(words: readonly string[], { nodes = 2, reportTimeout = 900 } = {}) {
  const folder = makeRunDirectory(scratch(), 'run', (text) => text);
  const { id: run, path: directory } = folder;
  onTestFinished(async () => {
    const left = await processesOf(run);
    await endAllOf(run);
    expect(left).toEqual([]);
  });
  const argv = [
    join(batchTraining, 'bin', 'torchrun'),
    '--nproc-per-node',
    '2',
    join(batchTraining, 'train.py'),
    ...words,
  ];
  const job = readJob({ argv, cwd: directory, env: process.env, options: { queue: 'slurm', nodes } });
  const plan = makePlan(job, { meeting });
  const settings = {
    projection: true,
    on_mismatch: 'abort',
    start_step: null,
    after_release: 'warn',
    hold: 'auto',
    updates_per_epoch: null,
    asked_on_command_line: true,
    stated: {},
    counted: null,
    expect: [],
  } as const;
  const bytes = makeBundle({ run, job, plan, settings, reportTimeout, directory });
  writeFileSync(join(directory, files.archive), bytes, { mode: 0o600 });
  const judge = {
    samples: undefined,
    holdSteps: 'auto',
    projection: true,
    onMismatch: 'abort',
    afterRelease: 'warn',
    expect: [],
  } as const;
  recordBatch(folder, { engine: 'slurm', title: 'Slurm' }, { job, plan, judge, findings: [] });
  const task = (rank: number, env: Record<string, string> = {}) =>
    execa('python3', ['-I', join(directory, files.archive), 'node'], {
      env: { [environment.node_rank]: String(rank), [environment.nodes]: '127.0.0.1', ...env },
      reject: false,
      all: true,
    });
  const tasks = () => Array.from({ length: nodes }, (_, rank) => task(rank));
  return { directory, run, tasks, task, verdict: () => agreed(directory) };
}

/** The coordinator's verdict, which the state machine of every other run must have reached from the same events. */
function agreed(directory: string): Verdict {
  const told = readJson<Verdict>(join(directory, 'verdict.json'));
  const { run, job } = rememberRun(directory);
  const { outcome, state, exit_code, detected, first_difference, ranks, max_deviation } = told;
  expect(conclude(run, job, [])).toMatchObject({
    ...{ outcome, state, exit_code, detected, first_difference, ranks, max_deviation },
    hold_steps: told.hold_steps,
    steps_seen: told.steps_seen,
  });
  return told;
}
