import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { atLeast, inConfig, isWarmup } from './read.ts';

const path = ['scheduler', 'params', 'warmup_num_steps'];

/** DeepSpeed 0.19.3, lr_schedules.py: `isinstance(warmup_num_steps, int)` and positive. */
export const deepspeedWarmupStepsNotWhole: Rule = {
  id: 'deepspeed-warmup-steps-not-whole',
  title: 'warmup_num_steps must be a positive whole number',
  severity: 'error',
  reads: 'how `scheduler.params.warmup_num_steps` is written',
  why:
    'In Python 3.0 and 1e3 are floats, and DeepSpeed 0.19.3 and later refuse them, as they refuse 0. ' +
    'Older versions silently warm up for two steps if the value is 0.',
  fix: 'write it with digits only, at least 1',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/771',
  check(job) {
    const block = schedulerBlock(job);
    const source = job.deepspeed?.source(path);
    if (!block || !isWarmup(block) || source === undefined) return [];
    const value = block.params.warmup_num_steps;
    if (typeof value !== 'number' || (/^\d+$/.test(source) && value > 0)) return [];
    const refused = atLeast(job, 'deepspeed', '0.19.3');
    if (refused === false) return [];
    return [
      {
        severity: refused ? 'error' : 'warning',
        message: `warmup_num_steps is ${source}: DeepSpeed 0.19.3 and later need a positive whole number`,
        evidence: [inConfig(job, path, 'is not a positive int in Python')],
        fix: value >= 1 ? [`write "warmup_num_steps": ${Math.trunc(value)}`] : ['write at least 1'],
        repairs:
          value >= 1 && job.deepspeed && job.deepspeed.path !== '--deepspeed'
            ? [{ remedy: 'whole', edits: [{ file: job.deepspeed.path, path, value: Math.trunc(value) }] }]
            : [],
      },
    ];
  },
};
