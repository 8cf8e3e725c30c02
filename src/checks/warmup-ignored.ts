import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** get_scheduler: `if name == SchedulerType.CONSTANT: return schedule_func(optimizer)`. */
export const warmupIgnored: Rule = {
  id: 'warmup-ignored',
  title: 'The constant schedule has no warmup',
  severity: 'warning',
  reads: '`lr_scheduler_type`, `warmup_steps` and `warmup_ratio`',
  why: 'constant starts at the full learning rate whatever warmup is asked for; constant_with_warmup is the one that warms up.',
  fix: 'ask for constant_with_warmup, or leave the warmup out',
  thread: 'https://github.com/huggingface/open-muse/issues/144',
  check({ training, frontEnd }) {
    const { lr_scheduler_type: type, warmup_steps: steps, warmup_ratio: ratio } = training;
    const warmup = [steps, ratio].find((stated) => stated && stated.value > 0);
    if (type?.value !== 'constant' || !warmup || frontEnd === 'axolotl') return [];
    return [
      {
        message: 'the constant schedule ignores the warmup: the first step uses the full learning rate',
        asked: `constant, with ${warmup.text}`,
        wouldRun: 'constant from the first step on',
        evidence: [inCommand(warmup, 'is not used'), inCommand(type, 'has no warmup')],
      },
    ];
  },
};
