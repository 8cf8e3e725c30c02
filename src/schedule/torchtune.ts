/** torchtune 0.6.1, torchtune/training/lr_schedulers.py. */
import * as z from 'zod';
import { define } from './define.ts';
import { freshStart, steps } from './params.ts';
import type { Family } from './schedule.ts';
import { warmupCosine } from './warmup-cosine.ts';

const parameters = z.strictObject({
  num_warmup_steps: steps,
  num_training_steps: steps,
  num_cycles: z.number().default(0.5),
  ...freshStart,
});

const names = { warmup: ['num_warmup_steps'], total: ['num_training_steps'] };

export const torchtune: Family = {
  name: 'torchtune',
  aliases: [],
  schedules: [
    define('torchtune', 'get_cosine_schedule_with_warmup', parameters, names, ({ params, lr0 }) => {
      const factor = warmupCosine(params.num_warmup_steps, params.num_training_steps, params.num_cycles, 0);
      return (step) => lr0 * factor(step);
    }),
  ],
};
