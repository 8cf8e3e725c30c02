/**
 * Composer 0.32.1, composer/optim/scheduler.py. The trainer steps its schedulers before it moves the timestamp on
 * (trainer.py:2490), so optimizer step s uses α(s-1), and the first two steps use α(0).
 */
import * as z from 'zod';
import { convertTime, durationIn, type Run, type Time, timestamp } from './composer-time.ts';
import { define } from './define.ts';
import { cos } from './fp.ts';
import { refusal } from './refusal.ts';
import type { Family, ScheduleDefinition } from './schedule.ts';

/** What composer's State knows about the run, in addition to the scheduler's arguments. `max_duration` is already scaled. */
const run = {
  max_duration: z.string(),
  dataloader_len: z.number().nullish(),
  ssr: z.number().default(1),
  batch_size: z.number().optional(),
  tokens_per_batch: z.number().optional(),
};
const whole = z.string().default('1dur');
const gamma = z.number().default(0.1);
const alpha_f = z.number().default(0);
const warmup = { t_warmup: z.string(), scale_warmup: z.boolean().default(false) };

/** α as a function of finished batches. */
type Alpha = (batches: number) => number;

interface AlphaInput<Params> {
  name: string;
  params: Params;
  /** A time of this run, scaled by the schedule's ratio. */
  time(text: string): Time;
  /** The run's clock in a unit. */
  clock(unit: Time['unit']): Alpha;
}

const schedules: readonly ScheduleDefinition[] = [
  schedule('StepScheduler', { step_size: z.string(), gamma }, ({ name, params, time, clock }) => {
    const size = time(params.step_size);
    const now = clock(size.unit);
    if (size.value === 0) throw refusal(name, 'division by zero: step_size is 0');
    return (batches) => params.gamma ** Math.trunc(now(batches) / size.value);
  }),
  schedule('MultiStepScheduler', { milestones: z.array(z.string()), gamma }, multiStep),
  schedule('ConstantScheduler', { alpha: z.number().default(1), t_max: whole }, ({ params, time, clock }) => {
    const max = time(params.t_max);
    const now = clock(max.unit);
    return (batches) => (now(batches) < max.value ? params.alpha : 1);
  }),
  schedule('LinearScheduler', { alpha_i: z.number().default(1), alpha_f, t_max: whole }, (input) => {
    const { alpha_i: from, alpha_f: to } = input.params;
    const share = progress(input, input.time(input.params.t_max));
    return (batches) => from + Math.min(1, share(batches)) * (to - from);
  }),
  schedule(
    'ExponentialScheduler',
    { gamma: z.number(), decay_period: z.string().default('1ep') },
    (input) => {
      const share = progress(input, input.time(input.params.decay_period));
      return (batches) => input.params.gamma ** share(batches);
    },
  ),
  schedule('CosineAnnealingScheduler', { t_max: whole, alpha_f }, (input) => {
    const share = progress(input, input.time(input.params.t_max));
    return (batches) => anneal(share(batches), input.params.alpha_f);
  }),
  schedule(
    'CosineAnnealingWarmRestartsScheduler',
    { t_0: z.string(), t_mult: z.number().default(1), alpha_f },
    restarts,
  ),
  schedule('PolynomialScheduler', { power: z.number(), t_max: whole, alpha_f }, (input) => {
    const share = progress(input, input.time(input.params.t_max));
    return (batches) => fall(share(batches), input.params.power, input.params.alpha_f);
  }),
  warmedUp('ConstantWithWarmupScheduler', { alpha: z.number().default(1) }, ({ alpha }) => ({
    top: alpha,
    after: () => alpha,
  })),
  warmedUp(
    'LinearWithWarmupScheduler',
    { alpha_i: z.number().default(1), alpha_f },
    ({ alpha_i: from, alpha_f: to }) => ({
      top: from,
      after: (share) => from + share * (to - from),
    }),
  ),
  warmedUp('CosineAnnealingWithWarmupScheduler', { alpha_f }, ({ alpha_f: least }) => ({
    top: 1,
    after: (share) => anneal(share, least),
  })),
  warmedUp(
    'PolynomialWithWarmupScheduler',
    { power: z.number().default(2), alpha_f },
    ({ power, alpha_f: least }) => ({
      top: 1,
      after: (share) => fall(share, power, least),
    }),
  ),
  schedule('MultiStepWithWarmupScheduler', { ...warmup, milestones: z.array(z.string()), gamma }, (input) => {
    const after = multiStep(input);
    const rise = warmupOf(input, 1);
    return (batches) => rise.at(batches) ?? after(batches);
  }),
];

export const composer: Family = { name: 'composer', aliases: ['mosaicml', 'mosaicml-composer'], schedules };

function schedule<Shape extends z.ZodRawShape>(
  type: string,
  shape: Shape,
  build: (input: AlphaInput<z.output<z.ZodObject<Shape>> & z.output<z.ZodObject<typeof run>>>) => Alpha,
): ScheduleDefinition {
  const schema = z.strictObject({ ...run, ...shape });
  // Lengths are times with a unit.
  const names = 'alpha_f' in shape ? { floor: ['alpha_f'] } : {};
  return define('composer', type, schema, names, ({ name, params, lr0 }) => {
    // TypeScript cannot infer that the spread of two shapes parses to both of their outputs.
    const given = params as z.output<z.ZodObject<Shape>> & z.output<z.ZodObject<typeof run>>;
    const alpha = build({
      name,
      params: given,
      time: (text) => convertTime(name, text, given as Run, given.ssr),
      clock: (unit) => timestamp(name, unit, given as Run),
    });
    return (step) => lr0 * alpha(Math.max(0, step - 1));
  });
}

/** A *WithWarmup schedule: from 0 to `top`, then `after` as a function of the share of the rest of t_max. */
function warmedUp<Shape extends z.ZodRawShape>(
  type: string,
  shape: Shape,
  build: (params: z.output<z.ZodObject<Shape>>) => { top: number; after(share: number): number },
): ScheduleDefinition {
  const own = { t_max: whole, ...warmup };
  return schedule(type, { ...own, ...shape }, (input) => {
    // As above: the output of the spread is the output of its parts.
    const params = input.params as unknown as z.output<z.ZodObject<Shape>> &
      z.output<z.ZodObject<typeof own>> &
      z.output<z.ZodObject<typeof run>>;
    const { name, time, clock } = input;
    const { top, after } = build(params);
    const rise = warmupOf({ name, params, time, clock }, top);
    const max = time(params.t_max);
    if (rise.until.unit !== max.unit) {
      throw refusal(
        name,
        `Cannot use warmup scheduler with t_max in ${max.unit} and t_warmup in ${rise.until.unit}. t_warmup and t_max must use the same units.`,
      );
    }
    const duration = durationIn(name, max.unit, params);
    if (duration !== undefined && max.value < duration) {
      throw refusal(
        name,
        `t_max ${max.value}${max.unit} must be greater than or equal to max_duration ${params.max_duration}. Otherwise, the LR schedule will not be defined for the entire training duration.`,
      );
    }
    const now = clock(max.unit);
    const left = max.value - rise.until.value;
    return (batches) =>
      rise.at(batches) ?? after(left > 0 ? Math.min(1, (now(batches) - rise.until.value) / left) : 0);
  });
}

/** The α of the warmup while it lasts. It is scaled with the run only if scale_warmup is set. */
function warmupOf(
  { name, params, time, clock }: AlphaInput<{ t_warmup: string; scale_warmup: boolean } & Run>,
  top: number,
): { until: Time; at(batches: number): number | undefined } {
  const until = convertTime(name, params.t_warmup, params, 1);
  const span = params.scale_warmup ? time(params.t_warmup) : until;
  const now = clock(until.unit);
  return {
    until,
    at: (batches) => (now(batches) < until.value ? Math.min(1, now(batches) / span.value) * top : undefined),
  };
}

function multiStep({ params, time, clock }: AlphaInput<{ milestones: string[]; gamma: number }>): Alpha {
  const milestones = params.milestones.map((text) => {
    const at = time(text);
    return { at: at.value, now: clock(at.unit) };
  });
  return (batches) => {
    let factor = 1;
    for (const { at, now } of milestones) if (now(batches) >= at) factor *= params.gamma;
    return factor;
  };
}

function restarts({
  name,
  params,
  time,
  clock,
}: AlphaInput<{ t_0: string; t_mult: number; alpha_f: number }>): Alpha {
  const first = time(params.t_0);
  const now = clock(first.unit);
  let [start, length] = [0, first.value];
  return (batches) => {
    const at = now(batches);
    // Steps are requested in ascending order: the search continues at the interval found last.
    if (at < start) [start, length] = [0, first.value];
    while (start + length <= at) {
      if (length === 0)
        throw refusal(
          name,
          'Interval between restarts for cosine annealing/warm restarts scheduler has decayed to 0.',
        );
      start += length;
      length = Math.trunc(params.t_mult * length);
    }
    return anneal((at - start) / length, params.alpha_f);
  };
}

function progress({ name, clock }: Pick<AlphaInput<unknown>, 'name' | 'clock'>, span: Time): Alpha {
  if (span.value === 0) throw refusal(name, 'division by zero: a time of 0');
  const now = clock(span.unit);
  return (batches) => now(batches) / span.value;
}

function anneal(share: number, least: number): number {
  const x = Math.min(Math.max(share, 0), 1);
  return least + ((1 - least) * (1 + cos(x * Math.PI))) / 2;
}

function fall(share: number, power: number, least: number): number {
  return least + (1 - Math.min(1, share)) ** power * (1 - least);
}
