import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labMissing } from '../lab/lab.ts';
import { slurmMissing } from '../lab/slurm.ts';
import { readLines, root } from '../support/cli.ts';
import { processesOf } from '../support/processes.ts';
import { type Cluster, clusterUp } from './slurm-lab.ts';

/** The failure this project exists for as a batch job: eight nodes, DeepSpeed ZeRO-3, a tiny Qwen2, real Slurm. */
const missing = labMissing() ?? slurmMissing();
const words = (
  '--learning_rate 1e-5 --lr_scheduler_type cosine --per_device_train_batch_size 2 --gradient_accumulation_steps 1 ' +
  '--max_steps 3 --warmup_steps 1 --bf16 True --samples 80 --save_strategy no --report_to none --use_cpu True'
).split(' ');

describe.skipIf(missing !== undefined)(`Slurm${missing ? ` (${missing})` : ''}`, { timeout: 400_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await clusterUp('.venv');
  });
  afterAll(async () => {
    await cluster?.lab.down();
  });

  test('the scheduler block of DeepSpeed wins: aborted with 93 by projection, before any step', async () => {
    const queued = await submit('ds_zero3_warmuplr.json', ['--no-check']);
    const output = () => readFileSync(join(queued.path, 'slurm.out'), 'utf8');
    expect(await cluster.ended(queued.job, 360), output()).toMatchObject({ ExitCode: '93:0', Restarts: '0' });
    expect(queued.verdict()).toMatchObject({
      outcome: 'aborted',
      detected: { by: 'projection', step: 0 },
      first_difference: { step: 1, group: 0 },
      steps_seen: 0,
    });
    expect(queued.verdict().nodes.map(({ nothing_left }) => nothing_left)).toEqual(Array(8).fill(true));
    expect(await processesOf(queued.run)).toEqual([]);
    expect(zeroStage(queued.path)).toBe(3);
  });

  test('without it: released, and trained to its end', async () => {
    const queued = await submit('ds_zero3.json', []);
    const output = () => readFileSync(join(queued.path, 'slurm.out'), 'utf8');
    expect(await cluster.ended(queued.job, 360), output()).toMatchObject({
      JobState: 'COMPLETED',
      ExitCode: '0:0',
    });
    expect(queued.verdict()).toMatchObject({
      outcome: 'released',
      state: 'finished',
      ranks: { total: 8, agreeing: 8 },
      steps_seen: 3,
    });
    expect(zeroStage(queued.path)).toBe(3);
  });

  function submit(config: string, options: readonly string[]) {
    const folder = cluster.folder();
    const script = [join('scripts', 'demo', 'finetune.py'), '--output_dir', join(folder, 'out')];
    const command = [
      'deepspeed',
      '--num_gpus',
      '1',
      ...script,
      '--deepspeed',
      join('scripts', 'demo', config),
      ...words,
    ];
    return cluster.submit(['--nodes', '8', '--run-dir', join(folder, 'run'), ...options], command, root);
  }
});

function zeroStage(path: string): number | undefined {
  type Line = { event?: { type: string; deepspeed: { zero_stage: number } | null } };
  const lines = readLines<Line>(join(path, 'events.jsonl'));
  return lines.find(({ event }) => event?.type === 'declared')?.event?.deepspeed?.zero_stage;
}
