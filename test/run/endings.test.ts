import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import {
  fixtures,
  readJson,
  readLines,
  root,
  runCli,
  scratch,
  startCli,
  trainingEnv,
  until,
} from '../support/cli.ts';

/** Every way a run can end, on two nodes with real launchers; each test counts the processes that are left. */
const script = (name: string) => join(fixtures, 'training', name);
const training = (directory: string, ...more: string[]) => [
  ...[
    '--output_dir',
    join(directory, 'out'),
    '--learning_rate',
    '1e-3',
    '--lr_scheduler_type',
    'cosine',
    '--warmup_steps',
    '3',
  ],
  ...[
    '--per_device_train_batch_size',
    '4',
    '--num_train_epochs',
    '1',
    '--save_strategy',
    'no',
    '--report_to',
    'none',
  ],
  ...['--use_cpu', 'True', ...more],
];

function launch(directory: string, command: string[], options: string[] = []): string[] {
  return ['launch', '--nodes', '2', '--run-dir', join(directory, 'run'), ...options, '--', ...command];
}

const torchrun = (...words: string[]) => ['torchrun', '--nproc-per-node', '1', ...words];
const verdictOf = (directory: string) => readJson<Verdict>(join(directory, 'run', 'verdict.json'));

test('torchrun, two nodes over gloo: released and finished', { timeout: 180_000 }, async () => {
  const directory = scratch();
  const result = await runCli(launch(directory, torchrun(script('train.py'), ...training(directory))), {
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(0);
  expect(verdictOf(directory)).toMatchObject({
    outcome: 'released',
    state: 'finished',
    ranks: { total: 2, agreeing: 2 },
  });
  expect(result.left).toEqual([]);
  // Each rank's own output is kept under its node and rank.
  expect(readdirSync(join(directory, 'run', 'logs')).sort()).toEqual(
    expect.arrayContaining(['local-1-0.log', 'local-2-1.log']),
  );
});

test('a hostfile of local names, torchrun with c10d rendezvous as the command asks', {
  timeout: 180_000,
}, async () => {
  const directory = scratch();
  const command = [
    'torchrun',
    '--nproc-per-node=1',
    '--rdzv-backend=c10d',
    script('train.py'),
    ...training(directory),
  ];
  const result = await runCli(
    [
      'launch',
      '--hostfile',
      join(root, 'hostfiles', 'local-2'),
      '--run-dir',
      join(directory, 'run'),
      '--',
      ...command,
    ],
    { env: trainingEnv() },
  );
  expect(result.exitCode, result.all).toBe(0);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'released', state: 'finished' });
  expect(result.left).toEqual([]);
});

test('one node without a hostfile: the command runs as it stands, with two ranks', {
  timeout: 180_000,
}, async () => {
  const directory = scratch();
  const command = ['torchrun', '--nproc-per-node', '2', script('train.py'), ...training(directory)];
  const result = await runCli(['launch', '--run-dir', join(directory, 'run'), '--', ...command], {
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(0);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'released', ranks: { total: 2, agreeing: 2 } });
  expect(readJson(join(directory, 'run', 'plan.json'))).toMatchObject({ nodes: [{ argv: command }] });
  expect(result.left).toEqual([]);
});

test('a resumed run goes on along its curve and is released', { timeout: 240_000 }, async () => {
  const directory = scratch();
  const words = [...training(directory), '--max_steps', '8', '--save_strategy', 'steps', '--save_steps', '3'];
  const first = await runCli(launch(directory, torchrun(script('train.py'), ...words)), {
    env: trainingEnv(),
  });
  expect(first.exitCode, first.all).toBe(0);
  const whole = readLines<{ lr: number }>(join(directory, 'run', 'lr.jsonl')).map(({ lr }) => lr);

  const options = ['launch', '--nodes', '2', '--run-dir', join(directory, 'resumed'), '--'];
  const resumed = torchrun(script('resume.py'), ...words, join(directory, 'out', 'checkpoint-3'));
  const second = await runCli([...options, ...resumed], { env: trainingEnv() });
  expect(second.exitCode, second.all).toBe(0);
  const steps = readLines<{ step: number; group: number; lr: number }>(
    join(directory, 'resumed', 'lr.jsonl'),
  );
  expect(steps.filter(({ group }) => group === 0).map(({ step }) => step)).toEqual([3, 4, 5, 6, 7]);
  expect(steps.map(({ lr }) => lr)).toEqual(whole.slice(-steps.length));
});

test('a rank that fails by itself: exit 1, its traceback first, the other node stopped', {
  timeout: 180_000,
}, async () => {
  const directory = scratch();
  const result = await runCli(launch(directory, torchrun(script('fails.py'), ...training(directory))), {
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(1);
  const verdict = verdictOf(directory);
  expect(verdict).toMatchObject({
    outcome: 'unverified',
    state: 'failed',
    root_cause: { rank: 1, node: 'local-2', error: 'RuntimeError: the data of rank 1 are broken' },
  });
  expect(result.left).toEqual([]);
});

test('a change behind the scheduler’s back on one rank is found there', { timeout: 180_000 }, async () => {
  const directory = scratch();
  const command = torchrun(script('second_thoughts.py'), ...training(directory));
  const result = await runCli(launch(directory, command, ['--hold-steps', '5']), { env: trainingEnv() });
  expect(result.exitCode, result.all).toBe(93);
  expect(verdictOf(directory)).toMatchObject({
    outcome: 'aborted',
    detected: { by: 'observation', step: 2 },
    first_difference: { rank: 1, node: 'local-2', step: 2 },
    ranks: { total: 2, agreeing: 1 },
  });
  expect(result.left).toEqual([]);
});

test('training that ends before any optimizer step: 94', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const result = await runCli(launch(directory, torchrun(script('no_steps.py'))), { env: trainingEnv() });
  expect(result.exitCode, result.all).toBe(94);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'unverified', state: 'unverified' });
  expect(result.all).toContain('before any optimizer step');
  expect(result.left).toEqual([]);
});

test('a callback that fails while holding: 94, the run stopped, the traceback shown', {
  timeout: 180_000,
}, async () => {
  const directory = scratch();
  const result = await runCli(
    launch(directory, torchrun(script('broken_library.py'), ...training(directory))),
    {
      env: trainingEnv(),
    },
  );
  expect(result.exitCode, result.all).toBe(94);
  expect(result.all).toContain('RuntimeError: get_scheduler is broken here');
  expect(result.all).toContain('Traceback (most recent call last)');
  expect(result.left).toEqual([]);
});

test('a callback that cannot be imported: 94, the run stopped, the traceback shown', {
  timeout: 120_000,
}, async () => {
  const directory = scratch();
  // A project's own module on PYTHONPATH that hides one of Python's, and breaks in the ranks.
  writeFileSync(
    join(directory, 'platform.py'),
    [
      'import importlib.util, os, sysconfig',
      'if "RANK" in os.environ:',
      '    raise ImportError("this platform is a module of the project")',
      'path = os.path.join(sysconfig.get_paths()["stdlib"], "platform.py")',
      'spec = importlib.util.spec_from_file_location("platform", path)',
      'spec.loader.exec_module(importlib.import_module(__name__))',
    ].join('\n'),
  );
  const result = await runCli(launch(directory, torchrun(script('no_steps.py'))), {
    env: { ...trainingEnv(), PYTHONPATH: directory },
  });
  expect(result.exitCode, result.all).toBe(94);
  expect(result.all).toContain('ImportError: this platform is a module of the project');
  expect(result.left).toEqual([]);
});

test('a scheduler of the script’s own, with nothing said of it: 94, and --expect is named', {
  timeout: 180_000,
}, async () => {
  const directory = scratch();
  const words = training(directory).filter((word) => word !== '--lr_scheduler_type' && word !== 'cosine');
  const result = await runCli(launch(directory, torchrun(script('own_scheduler.py'), ...words)), {
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(94);
  expect(result.all).toContain('--expect');
  expect(result.left).toEqual([]);
});

test('the same, with what it should do given by --expect: released', { timeout: 180_000 }, async () => {
  const directory = scratch();
  const lrs = [0, 1, 2, 3, 4].map((step) => 1e-3 * 0.5 ** Math.floor(step / 2));
  writeFileSync(join(directory, 'curve.json'), JSON.stringify({ lrs }));
  const command = torchrun(script('own_scheduler.py'), ...training(directory));
  const options = ['--expect', `@${join(directory, 'curve.json')}`];
  const result = await runCli(launch(directory, command, options), { env: trainingEnv() });
  expect(result.exitCode, result.all).toBe(0);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'released', state: 'finished', detected: null });
});

test('Ctrl-C while holding: stopped cleanly, 130', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const { child, processes } = startCli(launch(directory, torchrun(script('idle.py'))), {
    env: trainingEnv(),
  });
  await bothRanksLoad(directory);
  expect(processes().length).toBeGreaterThan(4);
  child.nodeChildProcess.kill('SIGINT');
  const { exitCode, all } = await child;
  expect(exitCode, all).toBe(130);
  expect(processes()).toEqual([]);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'unverified', state: 'aborted' });
});

test('Ctrl-C twice kills ranks that ignore being asked', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const { child, processes } = startCli(launch(directory, torchrun(script('idle.py'), '--ignore-term')), {
    env: trainingEnv(),
  });
  await bothRanksLoad(directory);
  child.nodeChildProcess.kill('SIGINT');
  child.nodeChildProcess.kill('SIGINT');
  const { exitCode, all } = await child;
  expect(exitCode, all).toBe(130);
  expect(processes()).toEqual([]);
});

test('SIGTERM: stopped cleanly, 143', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const { child, processes } = startCli(launch(directory, torchrun(script('idle.py'))), {
    env: trainingEnv(),
  });
  await bothRanksLoad(directory);
  child.nodeChildProcess.kill('SIGTERM');
  const { exitCode, all } = await child;
  expect(exitCode, all).toBe(143);
  expect(processes()).toEqual([]);
});

test('kill -9 of rampcheck while holding leaves nothing running within 5 s', {
  timeout: 120_000,
}, async () => {
  const directory = scratch();
  const { child, processes } = startCli(launch(directory, torchrun(script('idle.py'), '--ignore-term')), {
    env: trainingEnv(),
  });
  await bothRanksLoad(directory);
  expect(processes().length).toBeGreaterThan(4);
  child.nodeChildProcess.kill('SIGKILL');
  await child;
  await until('no process is left', () => processes().length === 0, 5);
});

test('kill -9 of rampcheck after release leaves the training alone', { timeout: 180_000 }, async () => {
  const directory = scratch();
  const go = join(directory, 'go');
  const command = torchrun(script('long.py'), ...training(directory), go);
  const { child, processes } = startCli(launch(directory, command), { env: trainingEnv() });
  const path = join(directory, 'run', 'verdict.json');
  await until(
    'the run is released',
    () => existsSync(path) && verdictOf(directory).outcome === 'released',
    120,
  );
  child.nodeChildProcess.kill('SIGKILL');
  await child;
  const alive = processes();
  expect(alive.length).toBeGreaterThan(4);
  writeFileSync(go, '');
  await until('the training has ended by itself', () => processes().length === 0, 60);
});

async function bothRanksLoad(directory: string): Promise<void> {
  const logs = ['local-1-0.log', 'local-2-1.log'].map((name) => join(directory, 'run', 'logs', name));
  await until(
    'both ranks load',
    () => logs.every((log) => existsSync(log) && readFileSync(log, 'utf8').includes('loading')),
    90,
  );
}
