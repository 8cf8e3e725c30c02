import type { Rule } from './finding.ts';
import { countsOf, inConfig, isWarmup, undeclaredBlock } from './read.ts';

const DEFAULT_STEPS = 1000;

/** lr_schedules.py: `warmup_num_steps: int = 1000`. */
export const deepspeedDefaultWarmupSteps: Rule = {
  id: 'deepspeed-default-warmup-steps',
  title: 'DeepSpeed warms up for 1000 steps unless the config sets a number',
  severity: 'violation',
  reads: '`scheduler.params.warmup_num_steps` against `warmup_steps` or `warmup_ratio`',
  why:
    'A Warmup* scheduler without "warmup_num_steps" warms up for 1000 optimizer steps. A fine-tuning run of a few hundred steps then ends in the ' +
    'middle of its warmup. The warmup of the command has no effect, because a missing key is neither filled in nor compared.',
  fix: 'write "warmup_num_steps": "auto" (with the Trainer) or the number of steps into the scheduler\'s params',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/7303',
  check(job) {
    const block = undeclaredBlock(job);
    if (!block || !isWarmup(block) || 'warmup_num_steps' in block.params) return [];
    const stated = job.training.warmup_steps ?? job.training.warmup_ratio;
    const steps = countsOf(job)?.warmup.value ?? null;
    if (stated && steps === DEFAULT_STEPS) return [];
    return [
      {
        severity: stated && steps !== null ? 'violation' : 'warning',
        message: `the DeepSpeed config's ${block.type} has no "warmup_num_steps": it warms up for 1000 steps`,
        ...(stated
          ? {
              asked: steps === null ? stated.text : `${steps} steps (${stated.text})`,
              wouldRun: '1000 steps',
            }
          : {}),
        evidence: [inConfig(job, ['scheduler', 'type'], 'warms up for 1000 optimizer steps by default')],
      },
    ];
  },
};
