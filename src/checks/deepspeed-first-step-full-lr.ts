import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { atLeast, inConfig, isWarmup } from './read.ts';

export const deepspeedFirstStepFullLr: Rule = {
  id: 'deepspeed-first-step-full-lr',
  title: 'Before DeepSpeed 0.15.3 the first step runs at the full learning rate',
  severity: 'warning',
  reads: "the config's `scheduler.type` and the installed DeepSpeed",
  why:
    "Older versions do not set the learning rate when the scheduler is built: optimizer step 0 uses the optimizer's own lr, which is the peak, before the " +
    'warmup starts from its lowest value.',
  fix: 'upgrade DeepSpeed to 0.15.3 or later',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/5731',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || !isWarmup(block) || atLeast(job, 'deepspeed', '0.15.3') !== false) return [];
    return [
      {
        message: `DeepSpeed ${job.versions.deepspeed} runs optimizer step 0 at the optimizer's full learning rate`,
        evidence: [inConfig(job, ['scheduler', 'type'], 'takes effect only from step 1 on')],
      },
    ];
  },
};
