/**
 * DeepSpeed 0.19.8, deepspeed/runtime/lr_schedules.py. The engine steps the scheduler after the optimizer, so
 * optimizer step s uses the value for `last_batch_iteration = s - 1`; the constructor leaves it at -1.
 */
import * as z from 'zod';
import { type BuildInput, define } from './define.ts';
import { cos, isZero } from './fp.ts';
import { firstOf, perGroup } from './params.ts';
import { refusal } from './refusal.ts';
import type { Family, ParameterNames, ScheduleDefinition, Versions } from './schedule.ts';
import { torch } from './torch.ts';
import { has } from './versions.ts';

const resumed = { last_batch_iteration: z.literal(-1).optional() };
/** An unknown warmup_type only causes a warning and is then read as `log`. */
const warmup = { warmup_num_steps: z.number().default(1000), warmup_type: z.string().default('log') };

const warmupParameters = z.strictObject({
  warmup_min_lr: perGroup.default(0),
  warmup_max_lr: perGroup.nullish(),
  ...warmup,
  ...resumed,
});

const span = { warmup: ['warmup_num_steps'], total: ['total_num_steps'] };

const warmupLR = warmupSchedule(
  'WarmupLR',
  warmupParameters,
  { warmup: ['warmup_num_steps'], floor: ['warmup_min_lr'] },
  (params) => firstOf(params.warmup_min_lr),
  ({ name, params, lr0, versions }) => {
    const inherited = has(versions, 'warmuplr-inherits-lr') ? lr0 : 0.001;
    const [min, max] = [firstOf(params.warmup_min_lr), firstOf(params.warmup_max_lr ?? inherited)];
    const { steps, rise } = warmupOf(name, params, versions);
    return (it) => min + (max - min) * (it < steps ? rise(it) : 1);
  },
);

const decayParameters = warmupParameters.extend({
  total_num_steps: z.number(),
  warmup_max_lr: perGroup.default(0.001),
});

const warmupDecayLR = warmupSchedule(
  'WarmupDecayLR',
  decayParameters,
  { ...span, floor: ['warmup_min_lr'] },
  (params) => firstOf(params.warmup_min_lr),
  ({ name, params, versions }) => {
    const [min, max, total] = [
      firstOf(params.warmup_min_lr),
      firstOf(params.warmup_max_lr),
      params.total_num_steps,
    ];
    const { steps, rise } = warmupOf(name, params, versions);
    const decay = Math.max(1, total - steps);
    return (it) => min + (max - min) * (it < steps ? rise(it) : Math.max(0, (total - it) / decay));
  },
);

const cosineParameters = z.strictObject({
  total_num_steps: z.number(),
  warmup_min_ratio: z.number().default(0),
  cos_min_ratio: z.number().default(0.0001),
  ...warmup,
  ...resumed,
});

// The constructor sets 0, whatever warmup_min_ratio is.
const warmupCosineLR = warmupSchedule(
  'WarmupCosineLR',
  cosineParameters,
  { ...span, floor: ['warmup_min_ratio', 'cos_min_ratio'] },
  () => 0,
  ({ name, params, lr0, versions }) => {
    const { total_num_steps: total, warmup_min_ratio: start, cos_min_ratio: least } = params;
    const { steps, rise } = warmupOf(name, params, versions);
    const clamped = has(versions, 'cosine-clamped');
    if (!clamped && total === steps)
      throw refusal(name, 'division by zero: total_num_steps equals warmup_num_steps');
    const decay = clamped ? Math.max(1, total - steps) : total - steps;
    return (it) => {
      if (it < steps) return lr0 * (start + rise(it) * (1 - start));
      const progress = (it - steps + 1) / decay;
      const ratio = (1 + cos(Math.PI * (clamped ? Math.min(1, progress) : progress))) / 2;
      return lr0 * Math.max(0, least + (1 - least) * ratio);
    };
  },
);

const oneCycleParameters = z.strictObject({
  cycle_min_lr: perGroup,
  cycle_max_lr: perGroup,
  decay_lr_rate: z.number().default(0),
  cycle_first_step_size: z.number().default(2000),
  cycle_second_step_size: z.number().nullish(),
  cycle_first_stair_count: z.number().default(0),
  cycle_second_stair_count: z.number().nullish(),
  decay_step_size: z.number().default(0),
  cycle_momentum: z.boolean().default(true),
  cycle_min_mom: z.number().default(0.8),
  cycle_max_mom: z.number().default(0.9),
  decay_mom_rate: z.number().default(0),
  ...resumed,
});

const oneCycle = schedule('OneCycle', oneCycleParameters, ({ name, params, versions }) => {
  const up = params.cycle_first_step_size;
  const down = params.cycle_second_step_size ?? up;
  if (up <= 0) throw refusal(name, `cycle_first_step_size must be positive, got ${up}`);
  if (down < 0) throw refusal(name, `cycle_second_step_size must be non-negative, got ${down}`);
  const [min, max] = [firstOf(params.cycle_min_lr), firstOf(params.cycle_max_lr)];
  const [size, ratio] = [up + down, up / (up + down)];
  const stairs = has(versions, 'onecycle-stairs')
    ? [params.cycle_first_stair_count, params.cycle_second_stair_count ?? params.cycle_first_stair_count]
    : [0, 0];
  const [stairsUp = 0, stairsDown = 0] = stairs;
  const { decay_lr_rate: rate, decay_step_size: interval } = params;
  const decays = !isZero(interval) && !isZero(rate);
  return (it) => {
    if (it >= size) return decays ? min / (1 + rate * ((it - size + 1) / interval)) : min;
    const n = it + 1;
    const x = 1 + n / size - Math.floor(1 + n / size);
    const rising = x <= ratio;
    const count = rising ? stairsUp : stairsDown;
    let scale = rising ? x / ratio : (x - 1) / (ratio - 1);
    if (count > 0) {
      const within = n % size;
      scale = Math.floor(within <= up ? (within * count) / up : ((size - within) * count) / down) / count;
    }
    return min + (max - min) * scale;
  };
});

const rangeTestParameters = z.strictObject({
  lr_range_test_min_lr: perGroup.default(1e-3),
  lr_range_test_step_size: z.number().default(2000),
  lr_range_test_step_rate: z.number().default(1),
  lr_range_test_staircase: z.boolean().default(false),
  ...resumed,
});

const lrRangeTest = schedule('LRRangeTest', rangeTestParameters, ({ name, params }) => {
  const {
    lr_range_test_step_size: size,
    lr_range_test_step_rate: rate,
    lr_range_test_staircase: stairs,
  } = params;
  if (!Number.isInteger(size) || size <= 0) {
    throw refusal(name, `lr_range_test_step_size must be a positive integer, got ${size}`);
  }
  const min = firstOf(params.lr_range_test_min_lr);
  return (it) => min * (1 + rate * (stairs ? Math.floor((it + 1) / size) : (it + 1) / size));
});

/** DeepSpeed: names are the config's `scheduler.type`; any other name is looked up in torch, as the engine does. */
export const deepspeed: Family = {
  name: 'deepspeed',
  aliases: ['ds'],
  schedules: [warmupLR, warmupDecayLR, warmupCosineLR, oneCycle, lrRangeTest, ...torch.schedules],
};

/** The value for a `last_batch_iteration` of 0 or more. */
type Iteration = (it: number) => number;

/** A schedule for which the constructor sets the formula's value at iteration -1. */
function schedule<Schema extends z.ZodType>(
  type: string,
  schema: Schema,
  build: (input: BuildInput<z.output<Schema>>) => Iteration,
): ScheduleDefinition {
  return define('deepspeed', type, schema, {}, (input) => {
    const at = build(input);
    return (step) => at(step - 1);
  });
}

/** A Warmup* schedule: the first step uses `start`; before DeepSpeed 0.15.3 it uses the optimizer's own rate. */
function warmupSchedule<Schema extends z.ZodType>(
  type: string,
  schema: Schema,
  names: ParameterNames,
  start: (params: z.output<Schema>) => number,
  build: (input: BuildInput<z.output<Schema>>) => Iteration,
): ScheduleDefinition {
  return define('deepspeed', type, schema, names, (input) => {
    const at = build(input);
    const initial = has(input.versions, 'first-step-min') ? start(input.params) : input.lr0;
    return (step) => (step > 0 ? at(step - 1) : initial);
  });
}

function warmupOf(
  name: string,
  given: { warmup_num_steps: number; warmup_type: string },
  versions: Versions,
): { steps: number; rise: Iteration } {
  if (
    has(versions, 'steps-validated') &&
    !(Number.isInteger(given.warmup_num_steps) && given.warmup_num_steps > 0)
  ) {
    throw refusal(name, `warmup_num_steps must be a positive integer, got ${given.warmup_num_steps}`);
  }
  const steps = Math.max(2, given.warmup_num_steps);
  if (given.warmup_type === 'linear') return { steps, rise: (it) => it / steps };
  const inverseLog = 1 / Math.log(steps);
  return { steps, rise: (it) => inverseLog * Math.log(it + 1) };
}
