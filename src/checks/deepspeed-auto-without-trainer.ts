import type { Rule } from './finding.ts';
import { configValue, drivesDeepSpeed, inConfig } from './read.ts';

const paths = [
  ['train_batch_size'],
  ['train_micro_batch_size_per_gpu'],
  ['gradient_accumulation_steps'],
  ['gradient_clipping'],
  ['optimizer', 'params', 'lr'],
  ['scheduler', 'params', 'total_num_steps'],
  ['scheduler', 'params', 'warmup_num_steps'],
  ['scheduler', 'params', 'warmup_max_lr'],
  ['scheduler', 'params', 'warmup_min_lr'],
];

export const deepspeedAutoWithoutTrainer: Rule = {
  id: 'deepspeed-auto-without-trainer',
  title: '"auto" in a DeepSpeed config, and no Trainer that fills it in',
  severity: 'error',
  reads:
    'the DeepSpeed config of a script that takes `--deepspeed_config`, and whether the script uses transformers or accelerate',
  why: 'DeepSpeed itself does not understand "auto": transformers and accelerate fill it in. A script that calls deepspeed.initialize directly fails on it.',
  fix: 'write the values instead of "auto"',
  check(job) {
    const { scriptText } = job;
    if (!drivesDeepSpeed(job) || scriptText === undefined) return [];
    if (
      !/\bdeepspeed\b/.test(scriptText) ||
      /\b(transformers|accelerate|lightning|pytorch_lightning)\b/.test(scriptText)
    )
      return [];
    const autos = paths.filter((path) => configValue(job, path) === 'auto');
    if (autos.length === 0) return [];
    return [
      {
        message: `${autos.map((path) => path.at(-1)).join(', ')}: DeepSpeed itself does not understand "auto"`,
        evidence: autos.map((path) => inConfig(job, path, 'is not filled in')),
      },
    ];
  },
};
