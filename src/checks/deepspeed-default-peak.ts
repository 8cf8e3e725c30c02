import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { atLeast, inConfig, undeclaredBlock } from './read.ts';

const DEFAULT_PEAK = 1e-3;

/** WarmupDecayLR.__init__: `warmup_max_lr: float = 0.001`; so did WarmupLR before 0.17.2. */
export const deepspeedDefaultPeak: Rule = {
  id: 'deepspeed-default-peak',
  title: "DeepSpeed's default peak of 1e-3 replaces the learning rate",
  severity: 'violation',
  reads: '`scheduler.params.warmup_max_lr`, `optimizer.params.lr` and `learning_rate`',
  why:
    'WarmupDecayLR without "warmup_max_lr" peaks at 1e-3, whatever the optimizer\'s lr is: a hundred times too high for a run at 1e-5. ' +
    'transformers fills in only keys that are present and set to "auto", so the missing key is never compared. WarmupLR did the same ' +
    'before DeepSpeed 0.17.2.',
  fix: 'write "warmup_max_lr": "auto" (with the Trainer) or the learning rate itself into the scheduler\'s params',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/7303',
  check(job) {
    const block = undeclaredBlock(job);
    if (!block || 'warmup_max_lr' in block.params) return [];
    const old = block.type === 'WarmupLR' && atLeast(job, 'deepspeed', '0.17.2') === false;
    if (block.type !== 'WarmupDecayLR' && !old) return [];
    const asked = job.training.learning_rate;
    if (asked?.value === DEFAULT_PEAK) return [];
    return [
      {
        severity: asked ? 'violation' : 'warning',
        message: `the DeepSpeed config's ${block.type} has no "warmup_max_lr": its peak is DeepSpeed's default of 1e-3`,
        ...(asked ? { asked: `peak ${exactRate(asked.value)}`, wouldRun: 'peak 1e-3' } : {}),
        evidence: [inConfig(job, ['scheduler', 'type'], "does not read the optimizer's lr")],
      },
    ];
  },
};
