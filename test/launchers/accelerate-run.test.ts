import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { readJson, root, runCli, scratch, trainingEnv } from '../support/cli.ts';

test('accelerate launch with DeepSpeed on two nodes is held and released: a real run', {
  timeout: 240_000,
}, async () => {
  const directory = scratch();
  const run = join(directory, 'run');
  const words = [
    ...'accelerate launch --use_deepspeed --deepspeed_config_file scripts/demo/ds_zero3.json'.split(' '),
    ...`--num_machines 2 --num_processes 2 scripts/demo/finetune.py --output_dir ${join(directory, 'out')}`.split(
      ' ',
    ),
    ...'--learning_rate 1e-5 --lr_scheduler_type cosine --max_steps 6 --warmup_steps 2 --bf16 True'.split(
      ' ',
    ),
    ...'--per_device_train_batch_size 2 --gradient_accumulation_steps 2'.split(' '),
    ...'--save_strategy no --report_to none --use_cpu True'.split(' '),
  ];
  const result = await runCli(['launch', '--nodes', '2', '--run-dir', run, '--', ...words], {
    cwd: root,
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(0);
  expect(readJson<Verdict>(join(run, 'verdict.json'))).toMatchObject({
    outcome: 'released',
    state: 'finished',
    ranks: { total: 2, agreeing: 2 },
  });
  expect(result.left).toEqual([]);
});
