/**
 * open-instruct (git e6c3044aa), open_instruct/finetune.py _create_scheduler: transformers' schedules, with its own
 * rounding of the warmup, stepped by accelerate, that is num_processes times per optimizer step.
 */
import * as z from 'zod';
import { define } from './define.ts';
import { innerCurve } from './inner.ts';
import { steps } from './params.ts';
import { refusal } from './refusal.ts';
import type { Family } from './schedule.ts';

const parameters = z.strictObject({
  /** max_train_steps × num_processes, or the updates of all epochs on the data set before it is sharded. */
  num_training_steps: steps,
  warmup_ratio: z.number().default(0.03),
  final_lr_ratio: z.number().nullish(),
  num_processes: z.int().positive().default(1),
});

const types = [
  'linear',
  'cosine',
  'cosine_with_restarts',
  'polynomial',
  'constant',
  'constant_with_warmup',
  'inverse_sqrt',
];

export const openInstruct: Family = {
  name: 'open-instruct',
  aliases: ['open_instruct'],
  schedules: types.map((type) =>
    define(
      'open-instruct',
      type,
      parameters,
      { total: ['num_training_steps'] },
      ({ name, params, lr0, versions }) => {
        const { num_training_steps: total, final_lr_ratio: final } = params;
        const num_warmup_steps = Math.trunc(total * params.warmup_ratio);
        if (final != null && type !== 'linear') {
          throw refusal(name, 'final_lr_ratio only currently implemented for linear schedulers');
        }
        if (final != null && !(final >= 0 && final <= 1)) {
          throw refusal(name, `final_lr_ratio must be between 0 and 1, not ${final}`);
        }
        if (final === 1) throw refusal(name, 'float division by zero: final_lr_ratio is 1');
        // The line is extended until it reaches 0, so the total is a fraction.
        const num_training_steps = final == null ? total : (total - final * num_warmup_steps) / (1 - final);
        const inner = {
          lib: 'transformers',
          scheduler: type,
          params: { num_warmup_steps, num_training_steps },
        };
        const lr = innerCurve(inner, lr0, versions);
        return (step) => lr(step * params.num_processes);
      },
    ),
  ),
};
