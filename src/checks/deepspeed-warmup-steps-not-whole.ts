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
    'JSON has one kind of number, Python has two: 3.0 and 1e3 are floats, and since 0.19.3 DeepSpeed refuses them, as it refuses 0. ' +
    'Older versions silently warm up for two steps where 0 is written.',
  fix: 'write it with digits alone, at least 1',
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
        evidence: [inConfig(job, path, 'is no positive whole number to Python')],
        fix: value >= 1 ? [`write "warmup_num_steps": ${Math.trunc(value)}`] : ['write at least 1'],
        repairs:
          value >= 1 && job.deepspeed && job.deepspeed.path !== '--deepspeed'
            ? [{ remedy: 'whole', edits: [{ file: job.deepspeed.path, path, value: Math.trunc(value) }] }]
            : [],
      },
    ];
  },
};
