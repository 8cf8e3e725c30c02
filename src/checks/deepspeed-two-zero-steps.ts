import type { Rule } from './finding.ts';
import { inConfig, isWarmup, undeclaredBlock } from './read.ts';

/** The constructor sets the first value, and iteration 0 gives the same value again. */
export const deepspeedTwoZeroSteps: Rule = {
  id: 'deepspeed-two-zero-steps',
  title: "DeepSpeed's warmup uses its first value for two optimizer steps",
  severity: 'note',
  reads: "the DeepSpeed config's `scheduler.type`",
  why:
    'Optimizer steps 0 and 1 both use the starting value, usually 0: the first two updates change nothing, and the whole curve is one ' +
    'step late. WarmupDecayLR therefore does not reach its smallest value.',
  fix: 'nothing if one step does not matter; otherwise remove the scheduler from the DeepSpeed config',
  thread: 'https://github.com/deepspeedai/DeepSpeed/pull/5287',
  check(job) {
    const block = undeclaredBlock(job);
    if (!block || !isWarmup(block)) return [];
    return [
      {
        message: `${block.type} uses its starting value for optimizer steps 0 and 1`,
        evidence: [inConfig(job, ['scheduler', 'type'], 'every value comes one step late')],
      },
    ];
  },
};
