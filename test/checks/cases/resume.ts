import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../../support/cli.ts';
import { type Case, plain, type RuleCases } from './case.ts';

/** scheduler.pt as torch.save wrote it for a cosine with a base learning rate of 3e-5, after 4 of 10 steps. */
const scheduler = readFileSync(join(fixtures, 'checkpoint', 'scheduler.pt'));

function resumed(args: string, files: Case['files'] = {}, more: Partial<Case> = {}): Case {
  return plain(`--resume_from_checkpoint out/checkpoint-4 ${args}`.trim(), {
    files: {
      'out/checkpoint-4/trainer_state.json': { global_step: 4, max_steps: 10, train_batch_size: 2 },
      'out/checkpoint-4/scheduler.pt': scheduler,
      'out/checkpoint-4/optimizer.pt': '',
      ...files,
    },
    ...more,
  });
}

const without = (...names: string[]): Case => {
  const { files = {}, ...rest } = resumed('');
  const left = Object.entries(files).filter(([name]) => !names.some((gone) => name.endsWith(gone)));
  return { ...rest, files: Object.fromEntries(left) };
};

export const resumeCases: Record<string, RuleCases> = {
  'resume-checkpoint-missing': {
    fails: [plain('--resume_from_checkpoint no/where')],
    clean: [
      resumed(''),
      plain('--resume_from_checkpoint False'),
      plain('--resume_from_checkpoint True --output_dir new'),
    ],
  },
  'resume-learning-rate-ignored': {
    fails: [
      resumed('--learning_rate 1e-5'),
      {
        ...resumed('--learning_rate 1e-5'),
        line: 'torchrun train.py --output_dir out --resume_from_checkpoint True --learning_rate 1e-5',
      },
    ],
    clean: [
      resumed('--learning_rate 3e-5'),
      resumed(''),
      resumed('--learning_rate 1e-5', { 'out/checkpoint-4/scheduler.pt': 'no zip' }),
      resumed('--learning_rate 1e-5 --deepspeed ds.json', {
        'ds.json': { scheduler: { type: 'WarmupLR', params: {} } },
      }),
    ],
  },
  'resume-length-changed': {
    fails: [resumed('--max_steps 20')],
    clean: [resumed('--max_steps 10'), resumed(''), resumed('--max_steps 3')],
  },
  'resume-past-end': {
    fails: [resumed('--max_steps 4')],
    clean: [resumed('--max_steps 10'), resumed('')],
  },
  'resume-without-scheduler': {
    fails: [without('scheduler.pt'), without('optimizer.pt', 'scheduler.pt')],
    clean: [resumed(''), plain('--resume_from_checkpoint no/where')],
  },
  'resume-batch-size-changed': {
    fails: [resumed('--per_device_train_batch_size 4')],
    clean: [resumed('--per_device_train_batch_size 2'), resumed('')],
  },
};
