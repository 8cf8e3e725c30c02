import type { Rule } from './finding.ts';
import { inConfig, isWarmup, undeclaredBlock } from './read.ts';

/** The constructor sets the first value, and iteration 0 maps to it again. */
export const deepspeedTwoZeroSteps: Rule = {
  id: 'deepspeed-two-zero-steps',
  title: "DeepSpeed's warmup spends two optimizer steps at its start",
  severity: 'note',
  reads: "the DeepSpeed config's `scheduler.type`",
  why:
    'Optimizer steps 0 and 1 both use the starting value, usually 0: the first two updates change nothing, and the whole curve is one ' +
    'step late. The last step of WarmupDecayLR is therefore not the smallest one that was meant.',
  fix: 'nothing, when one step does not matter; else remove the scheduler from the DeepSpeed config',
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
