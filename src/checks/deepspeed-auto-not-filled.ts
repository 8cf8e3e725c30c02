import { asRecord } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { configValue, inConfig, trainerFills } from './read.ts';

/** The keys that transformers fills in (integrations/deepspeed.py); accelerate refuses every other "auto" (dataclasses.py, fill_match). */
const filled: Readonly<Record<string, readonly string[]>> = {
  optimizer: ['lr', 'betas', 'eps', 'weight_decay'],
  scheduler: ['warmup_min_lr', 'warmup_max_lr', 'total_num_steps', 'warmup_num_steps'],
};

export const deepspeedAutoNotFilled: Rule = {
  id: 'deepspeed-auto-not-filled',
  title: 'An "auto" in the DeepSpeed config that nothing fills in',
  severity: 'error',
  reads: '`optimizer.params` and `scheduler.params`',
  why:
    'transformers fills in lr, betas, eps and weight_decay of the optimizer, and the four numbers of a Warmup* scheduler. Any other "auto" ' +
    'ends the run with "not found in kwargs", after the model has been loaded.',
  fix: 'write the value instead of "auto"',
  check(job) {
    if (!trainerFills(job)) return [];
    return Object.entries(filled).flatMap(([section, keys]) =>
      Object.entries(asRecord(configValue(job, [section, 'params'])))
        .filter(([key, value]) => value === 'auto' && !keys.includes(key))
        .map(([key]) => ({
          message: `nothing fills in "${key}": "auto" of the ${section}: the run ends when DeepSpeed is initialized`,
          evidence: [inConfig(job, [section, 'params', key], 'transformers has no value for this')],
        })),
    );
  },
};
