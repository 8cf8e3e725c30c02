import { describe, expect, test } from 'vitest';
import { fixtures, runCli } from '../support/cli.ts';

const cwd = `${fixtures}/seed`;
const command =
  'deepspeed --hostfile hosts finetune.py --model_name_or_path Qwen/Qwen2-72B --deepspeed ds_config_zero3.json --learning_rate 1e-5 --lr_scheduler_type cosine --warmup_ratio 0.01 --per_device_train_batch_size 2 --gradient_accumulation_steps 2 --num_train_epochs 3 --bf16 True --gradient_checkpointing True'.split(
    ' ',
  );
const hostfile = ['--hostfile', '../../../hostfiles/8x8-h100'];

describe('the seed', () => {
  test('is a violation, in a screen of 80 columns', async () => {
    const { exitCode, stdout, stderr } = await runCli(
      ['check', ...hostfile, '--samples', '100000', '--', ...command],
      { cwd },
    );
    expect(exitCode).toBe(93);
    expect(stderr).toBe('');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatchInlineSnapshot(`
      "violation[deepspeed-scheduler-replaces]
        the DeepSpeed config's WarmupLR silently replaces the requested cosine
        schedule
        --> ds_config_zero3.json:8:13
         |
       8 |     "type": "WarmupLR",
         |             ^^^^^^^^^^ replaces the Trainer's scheduler
         = --lr_scheduler_type cosine: is read by the Trainer and then never used

        requested cosine, warmup 1 %, peak 1e-5
        would run WarmupLR: log warmup, then flat at 1e-5 to the end
        fix       delete the "scheduler" block (lines 7-14) from ds_config_zero3.json:
                  transformers' own cosine is then used
        or        replace it (lines 7-14) with "scheduler": { "type":
                  "WarmupCosineLR", "params": { "total_num_steps": "auto",
                  "warmup_num_steps": "auto", "warmup_type": "linear",
                  "warmup_min_ratio": 0, "cos_min_ratio": 0 } }; transformers fills in
                  total_num_steps with 1173 (--samples 100000 / (2 × 64 × 2) × 3
                  epochs) and warmup_num_steps with 12 (warmup_ratio 0.01 × 1,173
                  steps)
        seen in   https://github.com/QwenLM/Qwen/issues/672

      1 violation"
    `);
  });

  test('is one JSON document with --json', async () => {
    const { exitCode, stdout } = await runCli(['check', '--json', ...hostfile, '--', ...command], { cwd });
    expect(exitCode).toBe(93);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'violation',
      findings: [
        {
          rule: 'deepspeed-scheduler-replaces',
          severity: 'violation',
          evidence: [{ location: { file: 'ds_config_zero3.json', line: 8, column: 13 } }, {}],
        },
      ],
      unread: [],
    });
  });

  test('is clean without its DeepSpeed config', async () => {
    const clean = command.filter((word) => word !== '--deepspeed' && word !== 'ds_config_zero3.json');
    const { exitCode, stdout } = await runCli(['check', ...hostfile, '--', ...clean], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('no problems found');
  });
});

test('secrets are not shown', async () => {
  const words = ['deepspeed', 'finetune.py', '--num_gpus', '2', '--hub_token', 'hf_abcdefghijkl'];
  const { exitCode, all } = await runCli(['check', '--', ...words], { cwd });
  expect(exitCode).toBe(2);
  expect(all).toContain('deepspeed --num_gpus 2 finetune.py --hub_token ***');
});
