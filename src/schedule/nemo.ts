/**
 * NeMo 2.3.0, nemo/core/optim/lr_scheduler.py. The warmup of most policies is (s+1)/(w+1): it starts above 0 and
 * reaches the peak at step w.
 */
import * as z from 'zod';
import { type BuildInput, define } from './define.ts';
import { cos } from './fp.ts';
import { freshStart, steps } from './params.ts';
import { refusal } from './refusal.ts';
import type { Curve, Family, ParameterNames, ScheduleDefinition } from './schedule.ts';
import { torch } from './torch.ts';

const lrOf = z.number();
const warmup = { warmup_steps: steps.nullish(), warmup_ratio: z.number().nullish() };
const optionalSpan = { ...warmup, max_steps: steps.nullish(), min_lr: lrOf.default(0), ...freshStart };
const required = { ...optionalSpan, max_steps: steps };
const hold = { hold_steps: steps.nullish(), hold_ratio: z.number().nullish() };
const power = { power: z.number().default(1), cycle: z.boolean().default(false) };

/** The step counts of a policy, given as numbers or as shares of max_steps. */
interface Span {
  w: number;
  max: number | null;
  min: number;
}

const names: ParameterNames = { warmup: ['warmup_steps'], total: ['max_steps'], floor: ['min_lr'] };

const policies: readonly ScheduleDefinition[] = [
  policy(
    'WarmupPolicy',
    z.strictObject(optionalSpan),
    ({ lr0 }) =>
      () =>
        lr0,
  ),
  policy(
    'SquareAnnealing',
    z.strictObject({ ...required, min_lr: lrOf.default(1e-5) }),
    ({ lr0 }, { w, min }, max) =>
      (s) =>
        Math.max(lr0 * ((max - w - (s - w)) / (max - w)) ** 2, min),
  ),
  policy(
    'SquareRootAnnealing',
    z.strictObject(required),
    ({ lr0 }, { min }, max) =>
      (s) =>
        Math.max(lr0 * ((max - s) / max) ** 0.5, min),
  ),
  policy(
    'WarmupAnnealing',
    z.strictObject(required),
    ({ lr0 }, { w, min }, max) =>
      (s) =>
        min + (1 - (s - w) / (max - w)) * (lr0 - min),
  ),
  policy(
    'InverseSquareRootAnnealing',
    z.strictObject(required),
    ({ lr0 }, { w }) =>
      (s) =>
        lr0 / ((s + 1) / (w + 1)) ** 0.5,
  ),
  policy(
    'PolynomialDecayAnnealing',
    z.strictObject({ ...required, ...power }),
    ({ lr0, params }, { w, min }, max) => {
      return (s) => polynomial(lr0, s - w, max - w, params, min);
    },
  ),
  holdPolicy(
    'WarmupHoldPolicy',
    z.strictObject({ ...optionalSpan, ...hold }),
    ({ lr0 }) =>
      () =>
        lr0,
  ),
  holdPolicy(
    'PolynomialHoldDecayAnnealing',
    z.strictObject({ ...required, ...hold, ...power }),
    ({ lr0, params }, { w, min }, until, max) =>
      (s) =>
        polynomial(lr0, s - until, max - Math.max(w, until), params, min),
  ),
  holdPolicy(
    'NoamHoldAnnealing',
    z.strictObject({ ...required, ...hold, decay_rate: z.number().default(0.5) }),
    ({ name, lr0, params: { decay_rate: rate } }, { w, min }, until) => {
      if (w === 0) throw refusal(name, 'Noam scheduler cannot be used without warmup steps');
      const held = until > 0 ? until - w : 0;
      return (s) => Math.max((lr0 * Math.max(1, w ** rate)) / Math.max(1, (s - held) ** rate), min);
    },
  ),
  define(
    'nemo',
    'CosineAnnealing',
    z.strictObject({ ...required, constant_steps: steps.nullish(), constant_ratio: z.number().nullish() }),
    names,
    cosineAnnealing,
  ),
  define(
    'nemo',
    'NoamAnnealing',
    z.strictObject({ ...optionalSpan, d_model: z.number() }),
    names,
    noamAnnealing,
  ),
  define(
    'nemo',
    'T5InverseSquareRootAnnealing',
    z.strictObject({
      constant_steps: steps.nullish(),
      constant_ratio: z.number().nullish(),
      max_steps: steps,
      min_lr: lrOf.default(0),
      ...freshStart,
    }),
    { total: ['max_steps'], floor: ['min_lr'] },
    t5InverseSquareRoot,
  ),
];

/** Schedulers of torch that NeMo's registry offers under the same names. */
const fromTorch = ['StepLR', 'ExponentialLR', 'ReduceLROnPlateau', 'CyclicLR'];

export const nemo: Family = {
  name: 'nemo',
  aliases: ['nemo_toolkit', 'nemo-toolkit'],
  schedules: [...policies, ...torch.schedules.filter(({ name }) => fromTorch.includes(name))],
};

type WarmupGiven = { warmup_steps?: number | null | undefined; warmup_ratio?: number | null | undefined };
type SpanGiven = WarmupGiven & { max_steps?: number | null | undefined; min_lr: number };
type HoldGiven = SpanGiven & {
  hold_steps?: number | null | undefined;
  hold_ratio?: number | null | undefined;
};

/** WarmupPolicy: warmup, then `after`, then min_lr past max_steps. */
function policy<Schema extends z.ZodType<SpanGiven>>(
  type: string,
  schema: Schema,
  after: (input: BuildInput<z.output<Schema>>, span: Span, max: number) => Curve,
): ScheduleDefinition {
  return define('nemo', type, schema, names, (input) => {
    const span = spanOf(input.name, input.params);
    const { w, max, min } = span;
    const rest = after(input, span, max ?? Number.POSITIVE_INFINITY);
    return checked(input.name, (s) => {
      if (s <= w && w > 0) return input.lr0 * ((s + 1) / (w + 1));
      return max !== null && s > max ? min : rest(s);
    });
  });
}

/** WarmupHoldPolicy: the peak lasts until step `until`, counted from the start of the run. */
function holdPolicy<Schema extends z.ZodType<HoldGiven>>(
  type: string,
  schema: Schema,
  after: (input: BuildInput<z.output<Schema>>, span: Span, until: number, max: number) => Curve,
): ScheduleDefinition {
  return define('nemo', type, schema, names, (input) => {
    const { name, params, lr0 } = input;
    const span = spanOf(name, params);
    const { w, max, min } = span;
    if (params.hold_steps != null && params.hold_ratio != null)
      throw refusal(name, 'Either use particular number of step or ratio');
    const share = params.hold_ratio == null ? undefined : Math.trunc(params.hold_ratio * wholeRun(name, max));
    const held = params.hold_steps ?? share;
    const until = held === undefined ? 0 : held + w;
    const rest = after(input, span, until, max ?? Number.POSITIVE_INFINITY);
    return checked(name, (s) => {
      if (s <= w && w > 0) return lr0 * ((s + 1) / (w + 1));
      if (s >= w && s < until) return lr0;
      if (max === null)
        throw refusal(
          name,
          "'>' not supported between instances of 'int' and 'NoneType': max_steps is missing",
        );
      return s > max ? min : rest(s);
    });
  });
}

type CosineGiven = SpanGiven & {
  max_steps: number;
  constant_steps?: number | null | undefined;
  constant_ratio?: number | null | undefined;
};

/** With constant steps at the end NeMo uses a different schedule: Megatron's, with a warmup from 0. */
function cosineAnnealing({ name, params, lr0 }: BuildInput<CosineGiven>): Curve {
  const { w, min } = spanOf(name, params);
  const max = params.max_steps;
  if (params.constant_steps != null && params.constant_ratio != null)
    throw refusal(name, 'Either use constant_steps or constant_ratio');
  const constant =
    params.constant_steps ?? (params.constant_ratio == null ? 0 : Math.trunc(params.constant_ratio * max));
  // Raised when the decay begins: the warmup does not check it.
  const assertAbove = () => {
    if (lr0 >= min) return;
    throw refusal(name, 'received an initial learning rate that was lower than the minimum learning rate.');
  };
  if (constant === 0) {
    return checked(name, (s) => {
      if (w > 0 && s <= w) return lr0 * ((s + 1) / (w + 1));
      if (s > max) return min;
      assertAbove();
      return (lr0 - min) * (0.5 * (1 + cos((Math.PI * (s - w)) / (max - w)))) + min;
    });
  }
  if (!(lr0 > min)) throw refusal(name, 'assertion failed: max_lr > min_lr');
  const decay = max - (constant + w);
  return checked(name, (s) => {
    if (w > 0 && s <= w) return (lr0 * s) / w;
    if (s > max || s > w + decay) return min;
    return min + 0.5 * (cos((Math.PI * (s - w)) / decay) + 1) * (lr0 - min);
  });
}

function noamAnnealing({ name, params, lr0 }: BuildInput<SpanGiven & { d_model: number }>): Curve {
  const { w, min } = spanOf(name, params);
  if (lr0 < min)
    throw refusal(name, 'received an initial learning rate that was lower than the minimum learning rate.');
  const normalize = params.d_model ** -0.5;
  return checked(name, (step) => {
    const s = Math.max(1, step);
    const lr = lr0 * (normalize * (w > 0 ? Math.min(s ** -0.5, s * w ** -1.5) : s ** -0.5));
    return s > w ? Math.max(lr, min) : lr;
  });
}

/** It does not use the optimizer's learning rate. */
function t5InverseSquareRoot({
  name,
  params,
}: BuildInput<{ constant_steps?: number | null | undefined; max_steps: number; min_lr: number }>): Curve {
  const constant = params.constant_steps;
  if (constant == null)
    throw refusal(
      name,
      "unsupported operand type(s) for ** or pow(): 'NoneType' and 'float': constant_steps is missing",
    );
  return checked(name, (s) => {
    if (s <= constant) return 1 / constant ** 0.5;
    return s > params.max_steps ? params.min_lr : 1 / s ** 0.5;
  });
}

function polynomial(
  lr0: number,
  step: number,
  decay: number,
  given: { power: number; cycle: boolean },
  min: number,
): number {
  const [at, length] = given.cycle
    ? [step, decay * (step === 0 ? 1 : Math.ceil(step / decay))]
    : [Math.min(step, decay), decay];
  return (lr0 - min) * (1 - at / length) ** given.power + min;
}

function spanOf(name: string, given: SpanGiven): Span {
  const max = given.max_steps ?? null;
  if (given.warmup_steps != null && given.warmup_ratio != null)
    throw refusal(name, 'Either use particular number of step or ratio');
  const share = given.warmup_ratio == null ? 0 : Math.trunc(given.warmup_ratio * wholeRun(name, max));
  return { w: given.warmup_steps ?? share, max, min: given.min_lr };
}

function wholeRun(name: string, max: number | null): number {
  if (max === null) throw refusal(name, 'If there is a ratio, there should be a total steps');
  return max;
}

/** Python raises an error where JavaScript continues with Infinity or NaN. */
function checked(name: string, lr: Curve): Curve {
  return (step) => {
    const value = lr(step);
    if (!Number.isFinite(value)) throw refusal(name, `division by zero or math domain error at step ${step}`);
    return value;
  };
}
