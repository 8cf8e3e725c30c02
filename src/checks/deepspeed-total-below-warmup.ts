import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { inConfig } from './read.ts';

/** WarmupDecayLR and WarmupCosineLR only log a warning. */
export const deepspeedTotalBelowWarmup: Rule = {
  id: 'deepspeed-total-below-warmup',
  title: "The DeepSpeed schedule's warmup is longer than its total",
  severity: 'warning',
  reads: '`scheduler.params.warmup_num_steps` and `total_num_steps`',
  why:
    'DeepSpeed logs a warning and goes on: the learning rate rises during the whole warmup, then drops to the end of the decay in one step, so ' +
    'that there is no decay at all.',
  fix: 'make total_num_steps the length of the whole run, warmup included',
  thread: 'https://github.com/huggingface/accelerate/issues/2318',
  check(job) {
    const block = schedulerBlock(job);
    const { warmup_num_steps: warmup, total_num_steps: total } = block?.params ?? {};
    if (!block || !/^Warmup(Decay|Cosine)LR$/.test(block.type)) return [];
    if (typeof warmup !== 'number' || typeof total !== 'number' || warmup <= total) return [];
    return [
      {
        message: `the warmup of ${warmup} steps is longer than the schedule's ${total}`,
        asked: `a decay over ${total} steps`,
        wouldRun: `a rise over ${warmup} steps, then no decay`,
        evidence: [
          inConfig(job, ['scheduler', 'params', 'warmup_num_steps'], 'ends after the schedule'),
          inConfig(job, ['scheduler', 'params', 'total_num_steps'], 'includes the warmup'),
        ],
      },
    ];
  },
};
