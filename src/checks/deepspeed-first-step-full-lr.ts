import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { atLeast, inConfig, isWarmup } from './read.ts';

export const deepspeedFirstStepFullLr: Rule = {
  id: 'deepspeed-first-step-full-lr',
  title: 'Before DeepSpeed 0.15.3 the first step runs at the full learning rate',
  severity: 'warning',
  reads: "the config's `scheduler.type` and the installed DeepSpeed",
  why:
    "Older versions set no learning rate when the scheduler is built: optimizer step 0 uses the optimizer's own lr, the peak, before the " +
    'warmup begins at its start.',
  fix: 'upgrade DeepSpeed to 0.15.3 or later',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/5731',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || !isWarmup(block) || atLeast(job, 'deepspeed', '0.15.3') !== false) return [];
    return [
      {
        message: `DeepSpeed ${job.versions.deepspeed} runs optimizer step 0 at the optimizer's full learning rate`,
        evidence: [inConfig(job, ['scheduler', 'type'], 'begins to act at step 1')],
      },
    ];
  },
};
