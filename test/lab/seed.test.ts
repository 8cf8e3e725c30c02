import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trainingEnv } from '../support/cli.ts';
import { nothingLeft, startJob } from './job.ts';
import { onLab } from './suite.ts';

/** The failure this project exists for: tiny Qwen2, ZeRO-3, real DeepSpeed, one rank on each of eight hosts. */
onLab('the seed job on eight hosts', (lab) => {
  const training = (config: string) => [
    ...['deepspeed', '--num_gpus', '1', '--master_port', '29611', 'scripts/demo/finetune.py'],
    ...['--output_dir', join(lab().shared, 'out'), '--deepspeed', join('scripts', 'demo', config)],
    ...(
      '--learning_rate 1e-5 --lr_scheduler_type cosine --per_device_train_batch_size 1 --gradient_accumulation_steps 1 ' +
      '--max_steps 4 --warmup_steps 2 --bf16 True --samples 80 --save_strategy no --report_to none --use_cpu True'
    ).split(' '),
  ];
  const launch = (config: string, ...options: string[]) => {
    // torch keeps what it compiles in /tmp otherwise, and nothing may be left there. With another ninja first on a host's PATH
    // than on this machine's, DeepSpeed would compile its operators anew for every change between the two.
    const env: Record<string, string> = {
      ...trainingEnv(),
      TORCHINDUCTOR_CACHE_DIR: join(lab().shared, 'inductor'),
    };
    const passed = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    return startJob(lab(), {
      command: training(config),
      options: [...passed, ...options],
      env,
    });
  };

  test('is aborted with 93 before its first step', { timeout: 480_000 }, async () => {
    const job = launch('ds_zero3_warmuplr.json', '--no-check');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(93);
    const verdict = job.verdict();
    expect(verdict).toMatchObject({
      outcome: 'aborted',
      detected: { by: 'projection', step: 0 },
      diagnosis: { id: 'deepspeed-scheduler-replaces' },
      ranks: { total: 8 },
      steps_seen: 0,
    });
    expect(verdict.nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    await nothingLeft(lab().hosts);
  });

  test('is released when it is fixed, and trained to its end', { timeout: 480_000 }, async () => {
    const job = launch('ds_zero3.json');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(0);
    expect(job.verdict()).toMatchObject({
      outcome: 'released',
      state: 'finished',
      ranks: { total: 8, agreeing: 8 },
    });
    expect(job.verdict().max_deviation).toBeLessThanOrEqual(1e-17);
    await nothingLeft(lab().hosts);
  });
});
