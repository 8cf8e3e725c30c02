/** axolotl 0.19.0, axolotl/utils/schedulers.py. */
import * as z from 'zod';
import { cos } from './fp.ts';
import { innerCurve, innerSchedule } from './inner.ts';
import { freshStart, readParams, steps } from './params.ts';
import { refusal } from './refusal.ts';
import type { Curve, Family, ParameterNames, Versions } from './schedule.ts';
import { warmupCosine } from './warmup-cosine.ts';

/** A schedule as a function of its own step count, and that count at the end of the constructor. */
interface Counted {
  at: Curve;
  start: number;
}

type Constructor = (name: string, given: Record<string, unknown>, lr0: number, versions: Versions) => Counted;

const span = { num_warmup_steps: steps, num_training_steps: steps };
const quadraticParameters = z.strictObject({ ...span, num_cycles: z.number().default(0.5), ...freshStart });

const quadraticWarmup: Constructor = (name, given, lr0) => {
  const {
    num_warmup_steps: warmup,
    num_training_steps: total,
    num_cycles,
  } = readParams(name, quadraticParameters, given);
  const factor = warmupCosine(warmup, total, num_cycles, 0, (progress) => progress ** 2);
  return { at: (step) => lr0 * factor(step), start: 0 };
};

const minLrParameters = z.strictObject({ ...span, min_lr_ratio: z.number().default(0) });

const minLr: Constructor = (name, given, lr0) => {
  const {
    num_warmup_steps: warmup,
    num_training_steps: total,
    min_lr_ratio,
  } = readParams(name, minLrParameters, given);
  const factor = warmupCosine(warmup, total, 0.5, min_lr_ratio);
  return { at: (step) => lr0 * factor(step), start: 0 };
};

const decayConstantParameters = quadraticParameters.extend({
  constant_lr_ratio: z.number(),
  min_lr_ratio: z.number(),
});

const decayConstant: Constructor = (name, given, lr0) => {
  const params = readParams(name, decayConstantParameters, given);
  const { num_warmup_steps: warmup, min_lr_ratio: least, num_cycles } = params;
  const constant = Math.trunc(params.num_training_steps * params.constant_lr_ratio);
  const at = (step: number) => {
    if (step < warmup) return lr0 * (step / Math.max(1, warmup));
    const progress = (Math.min(step, constant) - warmup) / Math.max(1, constant - warmup);
    return lr0 * (Math.max(0, (1 - least) * 0.5 * (1 + cos(Math.PI * num_cycles * 2 * progress))) + least);
  };
  return { at, start: 0 };
};

const rexParameters = z.strictObject({
  max_lr: z.number(),
  min_lr: z.number(),
  total_steps: steps.default(0),
  num_warmup_steps: steps.default(0),
  last_step: z.literal(0).optional(),
});

/** Its constructor passes 0 to torch as the last step, so the first optimizer step uses step 1. */
const rex: Constructor = (name, given, lr0) => {
  const {
    max_lr: max,
    min_lr: min,
    total_steps: total,
    num_warmup_steps: warmup,
  } = readParams(name, rexParameters, given);
  if (min > max) {
    throw refusal(
      name,
      `Value of "min_lr" should be less than value of "max_lr". Got min_lr=${min} and max_lr=${max}`,
    );
  }
  if (warmup > total) {
    throw refusal(name, `num_warmup_steps (${warmup}) must be less than or equal to total_steps (${total}).`);
  }
  const remaining = total - warmup;
  const at = (step: number) => {
    if (step >= 1 && step <= warmup) return (lr0 * step) / warmup;
    const after = step - warmup;
    if (after >= remaining || after === -1 || remaining <= 0) return min;
    const z = (remaining - (after % remaining)) / remaining;
    return lr0 * (min / max + (1 - min / max) * (z / (0.1 + 0.9 * z)));
  };
  return { at, start: 1 };
};

const interpolatingParameters = z.strictObject({
  num_steps: steps,
  min_lr: z.number(),
  max_lr: z.number(),
  ...freshStart,
});

const interpolatingLog: Constructor = (name, given) => {
  const { num_steps, min_lr, max_lr } = readParams(name, interpolatingParameters, given);
  if (num_steps === 1 || min_lr === 0)
    throw refusal(name, 'division by zero: num_steps is 1, or min_lr is 0');
  const q = (max_lr / min_lr) ** (1 / (num_steps - 1));
  const at = (step: number) => {
    if (step <= 0) return min_lr;
    return step < num_steps ? min_lr * q ** (step - 1) : max_lr;
  };
  return { at, start: 0 };
};

const jaggedParameters = z.strictObject({
  /** A schedule of axolotl or transformers, or the short form `cosine_min_lr w8 T80 min 0.1`. */
  inner: z.union([innerSchedule.extend({ lib: z.string().default('axolotl') }), z.string()]),
  jagged_restart_steps: steps,
  jagged_restart_warmup_steps: steps,
  jagged_restart_anneal_steps: steps.default(1),
  min_lr_scale: z.number().default(0.001),
});

/** It is built on a scheduler that has made its first step, and takes the next step at once: it is one step ahead of the wrapped scheduler. */
const jagged: Constructor = (name, given, lr0, versions) => {
  const params = readParams(name, jaggedParameters, given);
  const { jagged_restart_steps: restarts, jagged_restart_warmup_steps: warmup, min_lr_scale: least } = params;
  const anneal = params.jagged_restart_anneal_steps;
  if (restarts === 0) throw refusal(name, 'integer modulo by zero: jagged_restart_steps is 0');
  const inner = wrapped(name, params.inner, lr0, versions);
  const at = (step: number) => {
    if (step < restarts - anneal) return inner.at(step);
    const progress = step % restarts;
    let cycle = 1;
    if (progress < warmup) cycle = Math.min(1, progress / warmup);
    else if (progress > restarts - anneal) cycle = Math.min(1, (restarts - progress) / anneal);
    return inner.at(step) * (cycle * (1 - least) + least);
  };
  return { at, start: inner.start + 1 };
};

const spanNames = { warmup: ['num_warmup_steps'], total: ['num_training_steps'] };

const constructors: Readonly<Record<string, { construct: Constructor; names: ParameterNames }>> = {
  RexLR: {
    construct: rex,
    names: { warmup: ['num_warmup_steps'], total: ['total_steps'], floor: ['min_lr'] },
  },
  InterpolatingLogScheduler: {
    construct: interpolatingLog,
    names: { total: ['num_steps'], floor: ['min_lr'] },
  },
  get_cosine_schedule_with_quadratic_warmup: { construct: quadraticWarmup, names: spanNames },
  get_cosine_schedule_with_min_lr: { construct: minLr, names: { ...spanNames, floor: ['min_lr_ratio'] } },
  get_cosine_schedule_with_warmup_decay_constant: {
    construct: decayConstant,
    names: { ...spanNames, floor: ['min_lr_ratio'] },
  },
  JaggedLRRestartScheduler: { construct: jagged, names: {} },
};

export const axolotl: Family = {
  name: 'axolotl',
  aliases: [],
  schedules: Object.entries(constructors).map(([type, { construct, names }]) => ({
    name: type,
    names,
    curve(given, lr0, versions) {
      const { at, start } = construct(`axolotl:${type}`, given, lr0, versions);
      return (step) => at(step + start);
    },
  })),
};

function wrapped(
  name: string,
  inner: z.output<typeof jaggedParameters>['inner'],
  lr0: number,
  versions: Versions,
): Counted {
  if (typeof inner === 'string') {
    const [, num_warmup_steps, num_training_steps, min_lr_ratio] =
      /^cosine_min_lr w(\d+) T(\d+) min ([\d.e-]+)$/.exec(inner)?.map(Number) ?? [];
    if (min_lr_ratio === undefined)
      throw refusal(name, `inner '${inner}' is not 'cosine_min_lr w<n> T<n> min <ratio>'`);
    return minLr(name, { num_warmup_steps, num_training_steps, min_lr_ratio }, lr0, versions);
  }
  const own = inner.lib === 'axolotl' ? constructors[inner.scheduler] : undefined;
  if (own) return own.construct(`${name} › ${inner.scheduler}`, inner.params, lr0, versions);
  return { at: innerCurve(inner, lr0, versions), start: 0 };
}
