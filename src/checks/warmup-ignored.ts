import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** get_scheduler returns before it reads the warmup. */
const without = ['constant', 'reduce_lr_on_plateau'];

export const warmupIgnored: Rule = {
  id: 'warmup-ignored',
  title: 'A warmup is requested for a schedule that has none',
  severity: 'warning',
  reads: '`lr_scheduler_type`, `warmup_steps` and `warmup_ratio`',
  why: 'constant and reduce_lr_on_plateau start at the full learning rate and ignore the warmup; constant_with_warmup does warm up.',
  fix: 'use constant_with_warmup, or leave the warmup out',
  thread: 'https://github.com/huggingface/open-muse/issues/144',
  check({ training, frontEnd }) {
    const { lr_scheduler_type: type, warmup_steps: steps, warmup_ratio: ratio } = training;
    const warmup = [steps, ratio].find((stated) => stated && stated.value > 0);
    if (!type || !without.includes(type.value) || !warmup || frontEnd === 'axolotl') return [];
    return [
      {
        message: `${type.value} ignores the warmup: the first step uses the full learning rate`,
        asked: `${type.value}, with ${warmup.text}`,
        wouldRun: `${type.value} from the first step on`,
        evidence: [inCommand(warmup, 'is not used'), inCommand(type, 'has no warmup')],
      },
    ];
  },
};
