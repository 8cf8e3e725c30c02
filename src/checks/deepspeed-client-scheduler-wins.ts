import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { drivesDeepSpeed, inConfig } from './read.ts';

/** engine.py, _configure_lr_scheduler: a client scheduler is taken first. */
export const deepspeedClientSchedulerWins: Rule = {
  id: 'deepspeed-client-scheduler-wins',
  title: "The script's own scheduler silently wins over the DeepSpeed config's",
  severity: 'warning',
  reads:
    "the config's `scheduler` block, and whether the script hands `lr_scheduler=` to deepspeed.initialize",
  why: 'DeepSpeed takes the scheduler that the script hands over, and does not say that the block in the config is not used.',
  fix: 'keep one of the two: delete the block, or hand over no scheduler',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || !drivesDeepSpeed(job)) return [];
    const call = /deepspeed\.initialize\(([^)]*)\)/.exec(job.scriptText ?? '')?.[1] ?? '';
    if (!/\blr_scheduler\s*=\s*(?!None\b)\w/.test(call)) return [];
    return [
      {
        message: `the script hands a scheduler of its own to DeepSpeed: the config's ${block.type} is not used`,
        evidence: [inConfig(job, ['scheduler', 'type'], 'is not built')],
      },
    ];
  },
};
