/**
 * accelerate 1.15.0, accelerate/scheduler.py: AcceleratedScheduler steps the scheduler that it wraps
 * num_processes times per optimizer step, unless split_batches is set: then the batch is already split.
 * `adjust_scheduler` has no effect: the plugin's kwargs omit it when it is True.
 */
import * as z from 'zod';
import { type BuildInput, define } from './define.ts';
import { type InnerSchedule, innerCurve, innerSchedule } from './inner.ts';
import type { Curve, Family } from './schedule.ts';
import { oneCycleTotal } from './torch-cycles.ts';

const wrapped = z.strictObject({
  scheduler: innerSchedule,
  step_with_optimizer: z.boolean().default(true),
  split_batches: z.boolean().default(false),
  num_processes: z.int().positive().default(1),
  gradient_accumulation_steps: z.int().positive().default(1),
});

/** A training loop around it, in the short form of recorded experiments: `sched` over T steps with w steps of warmup. */
const loop = z.strictObject({
  sched: z.string().optional(),
  T: z.number(),
  w: z.number().default(0),
  num_processes: z.int().positive().default(1),
  ga: z.int().positive().default(1),
  split: z.boolean().default(false),
  /** step_with_optimizer. */
  swo: z.boolean().default(true),
  adjust: z.boolean().optional(),
  n: z.number().optional(),
  bs: z.number().optional(),
  epochs: z.number().optional(),
});

export const accelerate: Family = {
  name: 'accelerate',
  aliases: [],
  schedules: [
    define('accelerate', 'AcceleratedScheduler', wrapped, {}, accelerated),
    loopOf('linear', ({ T, w }) => ({
      lib: 'transformers',
      scheduler: 'linear',
      params: { num_warmup_steps: w, num_training_steps: T },
    })),
    loopOf('cosine', ({ T, w }) => ({
      lib: 'transformers',
      scheduler: 'cosine',
      params: { num_warmup_steps: w, num_training_steps: T },
    })),
    loopOf('onecycle', ({ T }, lr0) => ({
      lib: 'torch',
      scheduler: 'OneCycleLR',
      params: { max_lr: lr0, total_steps: T },
    })),
  ],
};

/**
 * The wrapped scheduler's curve by optimizer steps. Without step_with_optimizer it is stepped after every forward
 * pass, so the steps of an accumulation window already affect its own optimizer step.
 */
function accelerated({ name, params, lr0, versions, atOnce }: BuildInput<z.output<typeof wrapped>>): Curve {
  const { scheduler, gradient_accumulation_steps: accumulation } = params;
  const inner = innerCurve(scheduler, lr0, versions, atOnce);
  if (!params.step_with_optimizer) return (step) => inner(step * accumulation + accumulation - 1);
  const stride = params.split_batches ? 1 : params.num_processes;
  // The wrapper does not step a OneCycleLR past its end, but only if it steps more than once at a time.
  const end =
    scheduler.scheduler === 'OneCycleLR' && !params.split_batches
      ? oneCycleTotal(name, scheduler.params)
      : Infinity;
  return (step) => inner(Math.min(step * stride, end));
}

function loopOf(sched: string, scheduler: (params: z.output<typeof loop>, lr0: number) => InnerSchedule) {
  return define(
    'accelerate',
    `AcceleratedScheduler/${sched}`,
    loop,
    { warmup: ['w'], total: ['T'] },
    (input) => {
      const { params, lr0 } = input;
      const { ga, split, swo, num_processes } = params;
      const given = {
        scheduler: scheduler(params, lr0),
        step_with_optimizer: swo,
        split_batches: split,
        num_processes,
        gradient_accumulation_steps: ga,
      };
      return accelerated({ ...input, params: given });
    },
  );
}
