import { schedulerBlock } from '../job/scheduler-block.ts';
import { torch } from '../schedule/torch.ts';
import type { Rule } from './finding.ts';
import { configValue, inConfig } from './read.ts';

/** torch's schedulers accept only a torch Optimizer, and ZeRO's wrapper is not one. */
export const torchSchedulerUnderZero: Rule = {
  id: 'torch-scheduler-under-zero',
  title: 'A torch scheduler in the DeepSpeed config does not work under ZeRO',
  severity: 'error',
  reads: '`scheduler.type` and `zero_optimization.stage`',
  why:
    "From ZeRO stage 1 on, the optimizer is DeepSpeed's wrapper, and torch's schedulers refuse it: \"TypeError: DeepSpeedZeroOptimizer is " +
    'not an Optimizer", after the model has been loaded. At stage 0 the same config works.',
  fix: "use one of DeepSpeed's own schedulers, or delete the block and let the Trainer build the schedule",
  check(job) {
    const block = schedulerBlock(job);
    const stage = configValue(job, ['zero_optimization', 'stage']);
    if (!block || typeof stage !== 'number' || stage < 1) return [];
    if (!torch.schedules.some(({ name }) => name === block.type)) return [];
    return [
      {
        message: `torch's ${block.type} cannot be built on the optimizer of ZeRO stage ${stage}`,
        evidence: [
          inConfig(job, ['scheduler', 'type'], 'is a scheduler of torch'),
          inConfig(job, ['zero_optimization', 'stage'], 'wraps the optimizer'),
        ],
      },
    ];
  },
};
