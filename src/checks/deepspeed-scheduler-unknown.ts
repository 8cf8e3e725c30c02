import { schedulerBlock } from '../job/scheduler-block.ts';
import { nearest } from '../nearest.ts';
import { deepspeed } from '../schedule/deepspeed.ts';
import type { Rule } from './finding.ts';
import { inConfig } from './read.ts';

/** engine.py, _scheduler_from_config: DeepSpeed's own names, then torch's. */
export const deepspeedSchedulerUnknown: Rule = {
  id: 'deepspeed-scheduler-unknown',
  title: 'DeepSpeed does not know this scheduler',
  severity: 'error',
  reads: '`scheduler.type`',
  why:
    "The type is looked up, with exactly this spelling, among DeepSpeed's five schedulers and then in torch.optim.lr_scheduler. Anything " +
    'else is "DeepSpeed does not recognize LR scheduler", on every rank, after the model has been loaded.',
  fix: 'correct the name, or delete the block',
  check(job) {
    const block = schedulerBlock(job);
    if (!block) return [];
    const names = deepspeed.schedules.map(({ name }) => name);
    if (names.includes(block.type)) return [];
    // Schedulers of torch that rampcheck does not compute but DeepSpeed finds: abstract, composed or metric-driven.
    if (['LRScheduler', 'ReduceLROnPlateau', 'SequentialLR', 'ChainedScheduler'].includes(block.type))
      return [];
    const close = nearest(block.type, names);
    return [
      {
        message: `DeepSpeed has no scheduler ${JSON.stringify(block.type)}`,
        evidence: [
          inConfig(job, ['scheduler', 'type'], 'is neither a scheduler of DeepSpeed nor one of torch'),
        ],
        ...(close.length ? { fix: [`did you mean ${close.join(' or ')}?`] } : {}),
      },
    ];
  },
};
