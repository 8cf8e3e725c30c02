/**
 * transformers 5.23.0 and 4.57.6, src/transformers/optimization.py: every `lr_scheduler_type` is a torch LambdaLR,
 * lr(s) = lr0 · λ(s), with the λ below in the source's order of evaluation. The 12 schedules are in one file because
 * they share one dispatcher (get_scheduler) and one warmup; each is a few lines.
 */
import * as z from 'zod';
import { cos } from './fp.ts';
import { readParams, steps } from './params.ts';
import { reduceOnPlateau } from './plateau.ts';
import { notPredictable, refusal } from './refusal.ts';
import type { Curve, Family, ScheduleDefinition, Versions } from './schedule.ts';
import { type Change, has } from './versions.ts';
import { warmupCosine } from './warmup-cosine.ts';

/** λ(s): the factor by which LambdaLR multiplies the base learning rate. */
type Lambda = (step: number) => number;

/** get_scheduler's own two arguments; it passes all others to the schedule. */
const dispatcher = { num_warmup_steps: steps.nullish(), num_training_steps: steps.nullish() };
const cycles = { num_cycles: z.number().default(0.5) };
const floor = { min_lr: z.number().nullish(), min_lr_rate: z.number().nullish() };
const shape = z.enum(['linear', 'cosine', '1-sqrt']);

const span = { warmup: ['num_warmup_steps'], total: ['num_training_steps'] };
const floors: Readonly<Record<string, readonly string[]>> = {
  polynomial: ['lr_end'],
  cosine_with_min_lr: ['min_lr', 'min_lr_rate'],
  cosine_warmup_with_min_lr: ['min_lr', 'min_lr_rate'],
  warmup_stable_decay: ['min_lr_ratio'],
};

const constant: ScheduleDefinition = {
  name: 'constant',
  names: span,
  // The dispatcher returns before it reads the warmup or the kwargs.
  curve: (_params, lr0) => () => lr0,
};

const constantWithWarmup = lambdaSchedule(
  'constant_with_warmup',
  z.looseObject(dispatcher),
  ({ warmup }) =>
    (step) => {
      return step < warmup ? step / Math.max(1, warmup) : 1;
    },
);

const linear = lambdaSchedule('linear', z.strictObject(dispatcher), ({ warmup, total }) => {
  const [ramp, decay, end] = [Math.max(1, warmup), Math.max(1, total() - warmup), total()];
  return (step) => (step < warmup ? step / ramp : Math.max(0, (end - step) / decay));
});

const cosine = lambdaSchedule(
  'cosine',
  z.strictObject({ ...dispatcher, ...cycles }),
  ({ warmup, total, params }) => warmupCosine(warmup, total(), params.num_cycles, 0),
);

const cosineWithMinLr = lambdaSchedule(
  'cosine_with_min_lr',
  z.strictObject({ ...dispatcher, ...cycles, ...floor }),
  ({ name, warmup, total, params, lr0 }) =>
    warmupCosine(warmup, total(), params.num_cycles, floorRatio(name, params, lr0)),
);

const cosineWithRestarts = lambdaSchedule(
  'cosine_with_restarts',
  z.strictObject({ ...dispatcher, num_cycles: z.number().default(1) }),
  ({ warmup, total, params: { num_cycles } }) => {
    const [ramp, decay] = [Math.max(1, warmup), Math.max(1, total() - warmup)];
    return (step) => {
      if (step < warmup) return step / ramp;
      const progress = (step - warmup) / decay;
      if (progress >= 1) return 0;
      return Math.max(0, 0.5 * (1 + cos(Math.PI * ((num_cycles * progress) % 1))));
    };
  },
);

const polynomial = lambdaSchedule(
  'polynomial',
  z.strictObject({ ...dispatcher, lr_end: z.number().default(1e-7), power: z.number().default(1) }),
  ({ name, warmup, total, params: { lr_end, power }, lr0 }) => {
    const end = total();
    if (!(lr0 > lr_end)) throw refusal(name, `lr_end (${lr_end}) must be smaller than initial lr (${lr0})`);
    if (warmup === end) {
      throw refusal(
        name,
        'division by zero: the decay from the warmup to the end has no steps',
        'make the warmup shorter than the run',
      );
    }
    if (power < 0) throw refusal(name, '0.0 cannot be raised to a negative power');
    return (step) => {
      if (step < warmup) return step / Math.max(1, warmup);
      if (step > end) return lr_end / lr0;
      const remaining = 1 - (step - warmup) / (end - warmup);
      return ((lr0 - lr_end) * remaining ** power + lr_end) / lr0;
    };
  },
);

const timescaled = z.object({ ...dispatcher, timescale: z.number().nullish() });
const [timescaledOnly, timescaledOrMore] = [timescaled.strict(), timescaled.loose()];

const inverseSqrt = lambdaSchedule(
  'inverse_sqrt',
  (versions) => (has(versions, 'inverse-sqrt-kwargs') ? timescaledOnly : timescaledOrMore),
  ({ name, warmup, params, versions }) => {
    // Before this change the dispatcher drops every kwarg.
    const given = has(versions, 'inverse-sqrt-kwargs') ? params.timescale : undefined;
    const timescale = given ?? (warmup || 10_000);
    if (timescale === 0) throw refusal(name, 'division by zero: timescale is 0');
    const shift = timescale - warmup;
    return (step) => {
      if (step < warmup) return step / Math.max(1, warmup);
      const decay = 1 / Math.sqrt((step + shift) / timescale);
      if (!Number.isFinite(decay))
        throw refusal(name, `math domain error at step ${step}: timescale is ${timescale}`);
      return decay;
    };
  },
);

const cosineWarmupWithMinLr = lambdaSchedule(
  'cosine_warmup_with_min_lr',
  z.strictObject({ ...dispatcher, ...cycles, ...floor, warmup_lr_rate: z.number().nullish() }),
  ({ name, warmup, total, params, lr0 }) => {
    const { num_cycles, warmup_lr_rate: start } = params;
    const ratio = floorRatio(name, params, lr0);
    const decay = Math.max(1, total() - warmup);
    return (step) => {
      if (step < warmup) {
        if (start == null) return (step + 1) / Math.max(1, warmup);
        return start + ((1 - start) * step) / Math.max(1, warmup - 1);
      }
      const progress = (step - warmup + 1) / decay;
      const factor = 0.5 * (1 + cos(Math.PI * num_cycles * 2 * progress));
      return Math.max(0, factor * (1 - ratio) + ratio);
    };
  },
  'cosine-warmup-with-min-lr',
);

const stableDecay = z.strictObject({
  ...dispatcher,
  ...cycles,
  num_decay_steps: steps,
  num_stable_steps: steps,
  min_lr_ratio: z.number().default(0),
});
const shapedStableDecay = stableDecay.extend({
  num_stable_steps: steps.nullish(),
  warmup_type: shape.default('linear'),
  decay_type: shape.default('cosine'),
});

const warmupStableDecay = lambdaSchedule(
  'warmup_stable_decay',
  (versions) => (has(versions, 'wsd-shapes') ? shapedStableDecay : stableDecay),
  ({ name, warmup, params, versions }) => {
    const { num_decay_steps: decaySteps, min_lr_ratio: least, num_cycles } = params;
    if (params.num_stable_steps == null && params.num_training_steps == null) {
      throw refusal(name, 'Either num_training_steps or num_stable_steps must be specified.');
    }
    // The library does not check this: if warmup and decay do not fit, it is negative and there is no plateau.
    const stable = params.num_stable_steps ?? (params.num_training_steps ?? 0) - warmup - decaySteps;
    const shapes = 'warmup_type' in params;
    const rise = shapes ? rises[params.warmup_type] : rises.linear;
    const fall = shapes ? falls[params.decay_type] : falls.cosine;
    const warmupFloor = has(versions, 'wsd-shapes') ? least : 0;
    return (step) => {
      if (step < warmup)
        return Math.max(0, rise(step / Math.max(1, warmup)) * (1 - warmupFloor) + warmupFloor);
      if (step < warmup + stable) return 1;
      if (step < warmup + stable + decaySteps) {
        const factor = fall((step - warmup - stable) / Math.max(1, decaySteps), num_cycles);
        return Math.max(0, factor * (1 - least) + least);
      }
      return least;
    };
  },
);

const rises = {
  linear: (progress: number) => progress,
  cosine: (progress: number) => 0.5 * (1 - cos(Math.PI * progress)),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(1 - progress),
};

const falls = {
  linear: (progress: number, _cycles: number) => 1 - progress,
  cosine: (progress: number, cycles: number) => 0.5 * (1 + cos(Math.PI * cycles * 2 * progress)),
  '1-sqrt': (progress: number, _cycles: number) => 1 - Math.sqrt(progress),
};

const plateau: ScheduleDefinition = {
  name: 'reduce_lr_on_plateau',
  names: { ...span, floor: ['min_lr'] },
  curve: (params, lr0) =>
    reduceOnPlateau('transformers:reduce_lr_on_plateau', withoutDispatcher(params), lr0),
};

const greedyParameters = z.strictObject({
  mode: z.enum(['min', 'max']).default('min'),
  factor: z.number().default(0.95),
  patience: z.number().default(10),
  threshold: z.number().default(1e-6),
  threshold_mode: z.enum(['rel', 'abs']).default('abs'),
  cooldown: z.number().default(0),
  warmup: z.number().default(0),
  min_lr: z.number().default(1e-3),
  max_lr: z.number().default(1),
  eps: z.number().default(1e-8),
  verbose: z.boolean().default(false),
  smooth: z.boolean().default(false),
  window_size: z.number().default(50),
  reset_start: z.number().default(500),
});

const greedy: ScheduleDefinition = {
  name: 'greedy',
  names: { ...span, floor: ['min_lr'] },
  curve(params, lr0, versions) {
    const name = 'transformers:greedy';
    assertKnown('greedy', versions, 'greedy');
    const { factor, min_lr, max_lr } = readParams(name, greedyParameters, withoutDispatcher(params));
    if (factor >= 1) throw refusal(name, 'Factor should be < 1.0.');
    // GreedyLR takes max(reduced, min_lr): a rate below min_lr rises to min_lr, never above it.
    throw notPredictable(
      name,
      `the learning rate stays between ${Math.min(lr0, min_lr)} and ${Math.max(lr0, max_lr)}`,
    );
  },
};

/** transformers: names are `lr_scheduler_type`, parameters those of get_scheduler plus `lr_scheduler_kwargs`. */
export const transformers: Family = {
  name: 'transformers',
  aliases: ['hf', 'huggingface'],
  schedules: [
    linear,
    cosine,
    cosineWithRestarts,
    polynomial,
    constant,
    constantWithWarmup,
    inverseSqrt,
    plateau,
    cosineWithMinLr,
    cosineWarmupWithMinLr,
    warmupStableDecay,
    greedy,
  ],
};

type Spans = { num_warmup_steps?: number | null | undefined; num_training_steps?: number | null | undefined };

interface LambdaInput<Params> {
  /** For messages: "transformers:cosine". */
  name: string;
  /** num_warmup_steps. */
  warmup: number;
  /** num_training_steps; refused here if the dispatcher requires it and it is missing. */
  total(): number;
  params: Params;
  lr0: number;
  versions: Versions;
}

/** A schedule built from its λ, after the checks that get_scheduler makes for all schedules. */
function lambdaSchedule<Schema extends z.ZodType<Spans>>(
  type: string,
  schema: Schema | ((versions: Versions) => Schema),
  build: (input: LambdaInput<z.output<Schema>>) => Lambda,
  since?: Change,
): ScheduleDefinition {
  const name = `transformers:${type}`;
  const read = (given: Record<string, unknown>, versions: Versions) => {
    if (since) assertKnown(type, versions, since);
    return readParams(name, typeof schema === 'function' ? schema(versions) : schema, given);
  };
  const curveOf = (params: z.output<Schema>, lr0: number, versions: Versions): Curve => {
    const warmup = params.num_warmup_steps;
    if (warmup == null)
      throw refusal(name, `${type} requires \`num_warmup_steps\`, please provide that argument.`);
    const total = (): number => {
      if (params.num_training_steps != null) return params.num_training_steps;
      throw refusal(name, `${type} requires \`num_training_steps\`, please provide that argument.`);
    };
    const lambda = build({ name, warmup, total, params, lr0, versions });
    return (step) => lr0 * lambda(step);
  };
  return {
    name: type,
    names: { ...span, floor: floors[type] ?? [] },
    curve: (given, lr0, versions) => curveOf(read(given, versions), lr0, versions),
    vary: (given, lr0, versions) => {
      const params = read(given, versions);
      return (changes) => curveOf(Object.assign({}, params, changes), lr0, versions);
    },
  };
}

function floorRatio(
  name: string,
  given: { min_lr?: number | null | undefined; min_lr_rate?: number | null | undefined },
  lr0: number,
): number {
  const { min_lr: lr, min_lr_rate: rate } = given;
  if (lr != null && rate != null) throw refusal(name, 'Only one of min_lr or min_lr_rate should be set');
  if (lr != null) return lr / lr0;
  if (rate != null) return rate;
  throw refusal(name, 'One of min_lr or min_lr_rate should be set through the `lr_scheduler_kwargs`');
}

/** The two metric-driven schedules are built only from lr_scheduler_kwargs. */
function withoutDispatcher(params: Record<string, unknown>): Record<string, unknown> {
  const { num_warmup_steps: _warmup, num_training_steps: _total, ...kwargs } = params;
  return kwargs;
}

function assertKnown(type: string, versions: Versions, change: Change): void {
  if (has(versions, change)) return;
  throw refusal(
    `transformers:${type}`,
    `${type} is not a valid SchedulerType in transformers ${versions.transformers}`,
  );
}
