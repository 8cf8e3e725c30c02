import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { curve } from '../../src/schedule/index.ts';
import { fixtures, readJson, readLines, runCli, scratch, trainingEnv } from '../support/cli.ts';

/** TRL, Lightning, Megatron-Core and FSDP2: their own loops and schedulers, through the real command line. */
async function play(script: string[], options: string[] = [], ranks = 1) {
  const directory = scratch();
  const run = join(directory, 'run');
  const [name = '', ...words] = script;
  const command = ['torchrun', '--nproc-per-node', `${ranks}`, join(fixtures, name), ...words];
  const result = await runCli(['launch', '--nodes', '1', '--run-dir', run, ...options, '--', ...command], {
    cwd: directory,
    env: trainingEnv('.venv-frameworks'),
  });
  expect(result.left).toEqual([]);
  const verdict = readJson<Verdict>(join(run, 'verdict.json'));
  const events = readLines<{ event?: Record<string, unknown> & { type: string } }>(join(run, 'events.jsonl'))
    .map(({ event }) => event)
    .filter((event) => event !== undefined);
  return { result, verdict, events };
}

const trainer =
  '--learning_rate 1e-3 --lr_scheduler_type cosine --warmup_steps 2 --per_device_train_batch_size 2 --max_steps 6 ' +
  '--report_to none --use_cpu True --save_strategy no --bf16 False --output_dir out';

test.for(['sft', 'dpo'])(
  'TRL, %s: its arguments are what is asked for',
  { timeout: 120_000 },
  async (kind) => {
    const { result, verdict, events } = await play(['frameworks/supervised.py', kind, ...trainer.split(' ')]);
    expect(result.exitCode, result.all).toBe(0);
    expect(verdict).toMatchObject({ outcome: 'released', detected: null, steps_seen: 6 });
    expect(events.find(({ type }) => type === 'declared')).toMatchObject({ source: 'TrainingArguments' });
  },
);

const linear = ['--expect', 'transformers:linear lr=1e-3 total=16'];

test('Lightning, a scheduler per step: projected before the first update', { timeout: 120_000 }, async () => {
  const { result, verdict, events } = await play(['frameworks/lit.py', 'step'], linear);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', steps_seen: 16 });
  expect(events.findIndex(({ type }) => type === 'projected')).toBeLessThan(
    events.findIndex(({ type }) => type === 'step'),
  );
});

test('Lightning, its default of a scheduler per epoch where steps were meant: stopped at the second update', {
  timeout: 120_000,
}, async () => {
  const { result, verdict, events } = await play(['frameworks/lit.py', 'epoch'], linear);
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({ detected: { by: 'observation', step: 1 } });
  expect(events.find(({ type }) => type === 'declared')).toMatchObject({
    in_force: { class: 'LambdaLR', stepped_by: 'Lightning loop (every 1 epoch)' },
  });
});

test('Lightning, two optimizers by hand: each has its curve', { timeout: 120_000 }, async () => {
  const other = ['--expect', 'torch:ExponentialLR lr=0.1 total=32 gamma=0.5'];
  const { result, verdict, events } = await play(
    ['frameworks/lit.py', 'manual'],
    ['--expect', 'transformers:linear lr=1e-3 total=16', ...other],
  );
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', detected: null });
  const steps = events.filter(({ type, optimizer }) => type === 'step' && optimizer === 1);
  expect(steps).toHaveLength(32);
});

/** Megatron-Core's curve by rampcheck's own formula; the scheduler in the script is Megatron-Core's own. */
function megatron(): string[] {
  const params = { train_iters: 10, lr_warmup_iters: 2, global_batch_size: 8, min_lr: 1e-5 };
  const lr = curve({ lib: 'megatron', scheduler: 'OptimizerParamScheduler/cosine', params, lr0: 1e-3 });
  const path = join(scratch(), 'curve.json');
  writeFileSync(path, JSON.stringify({ lrs: Array.from({ length: 10 }, (_, step) => lr(step)) }));
  return ['--expect', `@${path}`];
}

test.for([[], ['chained']])(
  'Megatron-Core’s scheduler counts samples: its rate is learned (%s)',
  { timeout: 120_000 },
  async (words) => {
    const { result, verdict, events } = await play(
      ['frameworks/megatron_scheduler.py', ...words],
      megatron(),
    );
    expect(result.exitCode, result.all).toBe(0);
    expect(verdict).toMatchObject({ outcome: 'released', detected: null, steps_seen: 10 });
    const projected = events.find(({ type }) => type === 'projected');
    expect(projected).toMatchObject({ available: true, steps_per_update: 8, complete: true });
  },
);

test('Megatron-Core with a decay from which the warmup was subtracted twice: known before the third update', {
  timeout: 120_000,
}, async () => {
  const { result, verdict } = await play(['frameworks/megatron_scheduler.py', 'subtracted'], megatron());
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({ detected: { by: 'projection', step: 2 }, first_difference: { step: 3 } });
});

test('FSDP2, two ranks over gloo, two groups', { timeout: 120_000 }, async () => {
  const expected = ['--expect', 'transformers:linear lr=1e-3 warmup=2 total=8'];
  const { result, verdict, events } = await play(['loops/sharded.py'], expected, 2);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', ranks: { total: 2, agreeing: 2 }, steps_seen: 8 });
  expect(events.find(({ type }) => type === 'declared')).toMatchObject({ base_lrs: [1e-3, 1e-2] });
});
