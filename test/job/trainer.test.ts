import { describe, expect, test } from 'vitest';
import { countJobSteps } from '../../src/job/count-job-steps.ts';
import { batchingOfRun } from '../../src/job/trainer.ts';
import { jobOf } from '../support/job.ts';

const given = { samples: 64 };
const args = '--per_device_train_batch_size 4 --num_train_epochs 1';
const parsed = (names: string) => ({ 'train.py': `from trl import ${names}, TrlParser\n` });
const total = (line: string, files: Record<string, string> = {}) =>
  countJobSteps(jobOf(line, files, given)).total;

describe('the total is counted where the trainer is known', () => {
  test.each([
    ['GRPO', `torchrun train.py ${args} --num_generations 4`, parsed('GRPOConfig, GRPOTrainer'), 64],
    [
      'its default of 8 generations',
      `torchrun train.py ${args} --gradient_accumulation_steps 2`,
      parsed('GRPOConfig'),
      64,
    ],
    ['trl’s own program', `python bin/trl rloo ${args}`, { 'bin/trl': '' }, 32],
    ['trl’s own script as a module', `torchrun -m trl.scripts.grpo ${args} --num_generations 2`, {}, 32],
    ['a row after the other', `torchrun train.py ${args}`, parsed('DPOConfig, DPOTrainer'), 16],
    ['LLaMA-Factory’s sft', `torchrun -m llamafactory.launcher --stage sft ${args}`, {}, 16],
  ])('%s', (_, line, files, steps) => {
    expect(total(line, files as Record<string, string>)).toMatchObject({ value: steps });
  });
});

describe('only the run knows where the trainer makes batches of its own', () => {
  const own = 'class T(Trainer):\n    def get_train_dataloader(self):\n        return make()\n';
  test.each([
    [
      'a trainer that is not known',
      `torchrun train.py ${args}`,
      { 'train.py': 'from trl import TrlParser, OnlineDPOConfig, OnlineDPOTrainer\n' },
    ],
    [
      'a config that the script makes itself',
      `torchrun train.py ${args}`,
      { 'train.py': 'from trl import GRPOConfig, GRPOTrainer\nGRPOConfig(num_generations=4)\n' },
    ],
    [
      'two trainers in one script',
      `torchrun train.py ${args}`,
      parsed('SFTConfig, SFTTrainer, GRPOConfig, GRPOTrainer'),
    ],
    ['a loader of its own', `torchrun train.py ${args}`, { 'train.py': own }],
    [
      'packing that the script turns on',
      `torchrun train.py ${args}`,
      { 'train.py': 'from trl import SFTConfig\nSFTConfig(packing=True)\n' },
    ],
    ['ms-swift’s GRPO', `swift rlhf --rlhf_type grpo ${args}`, {}],
    ['LLaMA-Factory’s PPO', `llamafactory-cli train --stage ppo ${args}`, {}],
    ['LLaMA-Factory packs what it pre-trains on', `llamafactory-cli train --stage pt ${args}`, {}],
  ])('%s', (_, line, files) => {
    expect(total(line, files as Record<string, string>)).toMatchObject({
      value: null,
      why: expect.stringContaining('only the run knows'),
    });
  });
});

test('what TRL’s configs have for a learning rate is assumed, not transformers’ own', () => {
  const rate = (names: string) => jobOf(`torchrun train.py ${args}`, parsed(names)).defaults;
  expect(rate('SFTConfig, SFTTrainer')).toMatchObject({ of: 'TRL', learning_rate: 2e-5 });
  expect(rate('GRPOTrainer')).toMatchObject({ learning_rate: 1e-6 });
  expect(jobOf(`torchrun train.py ${args}`, {}).defaults).toMatchObject({
    of: 'transformers',
    learning_rate: 5e-5,
  });
});

describe('what a rank reports of its Trainer', () => {
  test.each([
    [{ batches_by: null, trl: null }, { packing: false }],
    [
      { batches_by: '__main__.T', trl: null },
      { unknown: 'only the run knows the number of batches: __main__.T builds them' },
    ],
    [
      { batches_by: '__main__.T', trl: 'trl.trainer.sft_trainer.SFTTrainer' },
      { unknown: 'only the run knows the number of batches: __main__.T builds them' },
    ],
    [
      {
        batches_by: 'trl.trainer.grpo_trainer.GRPOTrainer',
        trl: 'trl.trainer.grpo_trainer.GRPOTrainer',
        num_generations: 4,
        num_iterations: 2,
        steps_per_generation: 3,
      },
      { generation: { num_generations: 4, num_iterations: 2, steps_per_generation: 3 } },
    ],
    [
      { batches_by: null, trl: 'trl.trainer.reward_trainer.RewardTrainer' },
      { packing: false, leavesOut: 'rows longer than max_length' },
    ],
    [
      { batches_by: null, trl: 'trl.trainer.sft_trainer.SFTTrainer', packing: true },
      { packing: true, leavesOut: expect.any(String) },
    ],
  ])('%j', (training, batching) => {
    expect(batchingOfRun(training as Record<string, string | null>)).toEqual(batching);
  });
});
