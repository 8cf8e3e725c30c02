/** torchtitan 0.3.0, torchtitan/components/optimizer/lr_scheduler.py:90-184. */
import * as z from 'zod';
import { define } from './define.ts';
import { cos, roundHalfEven } from './fp.ts';
import { steps } from './params.ts';
import { refusal } from './refusal.ts';
import type { Family } from './schedule.ts';

const parameters = z.strictObject({
  warmup_steps: steps.default(200),
  total_steps: steps.nullish(),
  /** The trainer's `training.steps`, which total_steps defaults to. */
  training_steps: steps.optional(),
  decay_ratio: z.number().nullish(),
  decay_type: z.enum(['linear', 'sqrt', 'cosine']).default('linear'),
  min_lr_factor: z.number().default(0),
});

const decays = {
  linear: (progress: number) => 1 - progress,
  sqrt: (progress: number) => 1 - Math.sqrt(progress),
  cosine: (progress: number) => 0.5 * (1 + cos(Math.PI * progress)),
};

const warmupStableDecay = define(
  'torchtitan',
  'linear_warmup_stable_decay',
  parameters,
  {
    warmup: ['warmup_steps'],
    total: ['total_steps', 'training_steps'],
    floor: ['min_lr_factor'],
    checksWarmup: true,
  },
  ({ name, params, lr0 }) => {
    const total = params.total_steps ?? params.training_steps;
    if (total === undefined) throw refusal(name, "missing required argument 'training_steps'");
    // The library shortens both and logs a warning.
    const warmup = Math.min(Math.trunc(params.warmup_steps), total);
    const asked = params.decay_ratio == null ? total - warmup : roundHalfEven(total * params.decay_ratio);
    const decaySteps = Math.min(asked, total - warmup);
    // One step more than the run has, so the last step that is used is not yet 0.
    const level = warmup + (total + 1 - warmup - decaySteps);
    const [decay, least] = [decays[params.decay_type], params.min_lr_factor];
    return (step) => {
      if (step < warmup) return lr0 * ((step + 1) / warmup);
      if (step < level) return lr0;
      if (decaySteps === 0) throw refusal(name, 'decay_steps must not be zero to reach this branch');
      return lr0 * (least + (1 - least) * decay((step + 1 - level) / decaySteps));
    };
  },
);

export const torchtitan: Family = { name: 'torchtitan', aliases: [], schedules: [warmupStableDecay] };
