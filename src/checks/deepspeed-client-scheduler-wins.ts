import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { drivesDeepSpeed, inConfig } from './read.ts';

/** engine.py, _configure_lr_scheduler: a scheduler passed by the caller is used first. */
export const deepspeedClientSchedulerWins: Rule = {
  id: 'deepspeed-client-scheduler-wins',
  title: "The script's own scheduler silently overrides the DeepSpeed config's",
  severity: 'warning',
  reads:
    "the config's `scheduler` block, and whether the script passes `lr_scheduler=` to deepspeed.initialize",
  why: 'DeepSpeed uses the scheduler that the script passes, and does not report that the block in the config is unused.',
  fix: 'keep one of the two: delete the block, or do not pass a scheduler',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || !drivesDeepSpeed(job)) return [];
    const call = /deepspeed\.initialize\(([^)]*)\)/.exec(job.scriptText ?? '')?.[1] ?? '';
    if (!/\blr_scheduler\s*=\s*(?!None\b)\w/.test(call)) return [];
    return [
      {
        message: `the script passes its own scheduler to DeepSpeed: the config's ${block.type} is not used`,
        evidence: [inConfig(job, ['scheduler', 'type'], 'is not used')],
      },
    ];
  },
};
