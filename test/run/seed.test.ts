import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { type Environment, readJson, readLines, root, runCli, scratch, trainingEnv } from '../support/cli.ts';
import { freePort } from '../support/port.ts';

/** The failure this project exists for, on two nodes with ZeRO-3, as in `npm run demo`. */
const training = (
  '--learning_rate 1e-5 --lr_scheduler_type cosine --per_device_train_batch_size 2 --gradient_accumulation_steps 2 ' +
  '--num_train_epochs 3 --warmup_steps 3 --bf16 True --gradient_checkpointing True --samples 80 --save_strategy no ' +
  '--report_to none --use_cpu True'
).split(' ');

const environments: [string, Environment][] = [
  ['transformers 5.23', '.venv'],
  ['transformers 4.57', '.venv-tf457'],
];

test.for(environments)(
  '%s: projection stops every rank before optimizer step 0',
  { timeout: 240_000 },
  async ([, environment]) => {
    const { result, verdict, run } = await launchSeed(environment, 'ds_zero3_warmuplr.json', ['--no-check']);
    expect(result.exitCode, result.all).toBe(93);
    expect(verdict).toMatchObject({
      outcome: 'aborted',
      state: 'aborted',
      detected: { by: 'projection', step: 0 },
      diagnosis: { id: 'deepspeed-scheduler-replaces' },
      first_difference: { step: 1, group: 0, expected: 1e-5 * (1 / 3), actual: 0 },
      ranks: { total: 2, agreeing: 2 },
      steps_seen: 0,
    });
    expect(verdict.nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    expect(result.left).toEqual([]);
    expect(zeroStage(run)).toBe(3);
    // Cause, file and line, and both remedies, on the screen.
    expect(result.stdout).toMatch(/ds_zero3_warmuplr\.json:\d+:\d+/);
    expect(result.stdout).toContain('WarmupCosineLR');
  },
);

test.for(environments)(
  '%s: without a projection, observation stops it at step 1',
  { timeout: 240_000 },
  async ([, environment]) => {
    const options = ['--no-check', '--no-projection'];
    const { result, verdict, run } = await launchSeed(environment, 'ds_zero3_warmuplr.json', options);
    expect(result.exitCode, result.all).toBe(93);
    expect(verdict).toMatchObject({
      outcome: 'aborted',
      detected: { by: 'observation', step: 1 },
      diagnosis: { id: 'deepspeed-scheduler-replaces' },
      first_difference: { step: 1, expected: 1e-5 * (1 / 3), actual: 0 },
      ranks: { total: 2, agreeing: 2 },
    });
    const steps = readLines<{ step: number; lr: number }>(join(run, 'lr.jsonl')).filter(
      ({ step }) => step > 1,
    );
    expect(steps).toEqual([]);
    expect(result.left).toEqual([]);
  },
);

test('ranks of one node, which share memory, leave none behind', { timeout: 240_000 }, async () => {
  const port = await freePort();
  const { result, verdict } = await launchSeed('.venv', 'ds_zero3_warmuplr.json', ['--no-check'], {
    nodes: 1,
    launcher: ['--num_gpus', '2', '--master_port', String(port)],
  });
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict.ranks.total).toBe(2);
  // 66 MiB a rank for DeepSpeed's CPU collectives, named after the port.
  expect(readdirSync('/dev/shm').filter((name) => name.includes(`_${port}_`))).toEqual([]);
});

test('check refuses it before anything starts', { timeout: 60_000 }, async () => {
  const { result } = await launchSeed('.venv', 'ds_zero3_warmuplr.json', []);
  expect(result.exitCode).toBe(93);
  expect(result.stdout).toMatch(/ds_zero3_warmuplr\.json:\d+:\d+/);
  expect(result.stdout).toContain('nothing was started');
});

test('with the scheduler removed it is released and trained to its end', { timeout: 240_000 }, async () => {
  const { result, verdict, run } = await launchSeed('.venv', 'ds_zero3.json', []);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({
    outcome: 'released',
    state: 'finished',
    detected: null,
    ranks: { total: 2, agreeing: 2 },
  });
  expect(verdict.max_deviation).toBeLessThanOrEqual(1e-17);
  expect(readLines(join(run, 'lr.jsonl'))).toHaveLength(60);
  expect(zeroStage(run)).toBe(3);
  expect(result.left).toEqual([]);
});

test('with WarmupCosineLR it is released, reported as cosine one step late', {
  timeout: 240_000,
}, async () => {
  const { result, verdict } = await launchSeed('.venv', 'ds_zero3_warmupcosine.json', []);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', state: 'finished', detected: null });
  expect(verdict.warnings).toHaveLength(1);
  expect(verdict.warnings[0]).toMatch(/WarmupCosineLR replaces cosine: the same family, one step late/);
});

async function launchSeed(
  environment: Environment,
  config: string,
  options: string[],
  where: { nodes: number; launcher: string[] } = { nodes: 2, launcher: ['--num_gpus', '1'] },
) {
  const directory = scratch();
  const run = join(directory, 'run');
  const words = [
    '--output_dir',
    join(directory, 'out'),
    '--deepspeed',
    join('scripts', 'demo', config),
    ...training,
  ];
  const result = await runCli(
    [
      'launch',
      '--nodes',
      String(where.nodes),
      '--run-dir',
      run,
      ...options,
      '--',
      'deepspeed',
      ...where.launcher,
      'scripts/demo/finetune.py',
      ...words,
    ],
    { cwd: root, env: trainingEnv(environment) },
  );
  const verdict = result.stdout.includes('nothing was started')
    ? ({} as Verdict)
    : readJson<Verdict>(join(run, 'verdict.json'));
  return { result, verdict, run };
}

function zeroStage(run: string): number | undefined {
  const lines = readLines<{ event?: { type: string; deepspeed: { zero_stage: number } | null } }>(
    join(run, 'events.jsonl'),
  );
  return lines.find(({ event }) => event?.type === 'declared')?.event?.deepspeed?.zero_stage;
}
