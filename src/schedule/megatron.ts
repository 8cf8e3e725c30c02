/**
 * megatron-core 0.16.1, megatron/core/optimizer_param_scheduler.py. It counts samples: each optimizer step adds the
 * global batch to `num_steps`, and every duration in iterations is multiplied by it. Groups with their own max_lr
 * or min_lr scale by those.
 */
import * as z from 'zod';
import { define } from './define.ts';
import { cos } from './fp.ts';
import { refusal } from './refusal.ts';
import type { Curve, Family, ParameterNames } from './schedule.ts';

const count = z.number().nullish();

/** The command line options (megatron/training/arguments.py) from which the scheduler's arguments are computed. */
const parameters = z.strictObject({
  /** Defaults to the optimizer's learning rate: in Megatron they are the same. */
  lr: z.number().optional(),
  min_lr: z.number().default(0),
  lr_warmup_init: z.number().default(0),
  lr_warmup_iters: count,
  lr_warmup_samples: count,
  lr_warmup_fraction: count,
  train_iters: count,
  train_samples: count,
  lr_decay_iters: count,
  lr_decay_samples: count,
  global_batch_size: z.number().default(1),
  lr_decay_style: z.string().optional(),
  lr_wsd_decay_iters: count,
  lr_wsd_decay_samples: count,
  lr_wsd_decay_style: z.string().nullish(),
});

const names: ParameterNames = {
  warmup: ['lr_warmup_iters'],
  total: ['train_iters'],
  floor: ['min_lr'],
  checksWarmup: true,
};

const styles = ['constant', 'linear', 'cosine', 'inverse-square-root', 'WSD'];

export const megatron: Family = {
  name: 'megatron',
  aliases: ['megatron-core', 'megatron-lm', 'mcore'],
  schedules: [
    define('megatron', 'OptimizerParamScheduler', parameters, names, ({ name, params, lr0 }) =>
      scheduler(name, params.lr_decay_style ?? 'linear', params, lr0),
    ),
    ...styles.map((style) =>
      define('megatron', `OptimizerParamScheduler/${style}`, parameters, names, ({ name, params, lr0 }) => {
        if (params.lr_decay_style === undefined || params.lr_decay_style === style)
          return scheduler(name, style, params, lr0);
        throw refusal(name, `lr_decay_style is ${params.lr_decay_style}`);
      }),
    ),
  ],
};

function scheduler(name: string, style: string, params: z.output<typeof parameters>, lr0: number): Curve {
  const { min_lr: min, lr_warmup_init: init, global_batch_size: batch } = params;
  const max = params.lr ?? lr0;
  const { warmup, decay, wsd } = samples(name, params);
  const assert = (holds: boolean, text: string) => {
    if (!holds) throw refusal(name, `assertion failed: ${text}`);
  };
  assert(min >= 0, 'min_lr >= 0.0');
  assert(max >= min, 'max_lr >= min_lr');
  assert(init <= max, 'lr_warmup_init <= max_lr');
  assert(decay > 0, 'lr_decay_steps > 0');
  assert(warmup < decay, 'lr_warmup_steps < lr_decay_steps');
  assert(style !== 'WSD' || wsd !== undefined, 'wsd_decay_steps is not None');
  const coefficient = coefficientOf(name, style, params.lr_wsd_decay_style ?? 'exponential', decay, wsd ?? 0);
  return (step) => {
    const n = step * batch;
    if (warmup > 0 && n <= warmup) return init + ((max - init) * n) / warmup;
    if (style === 'constant') return max;
    if (n > decay) return min;
    if (style === 'inverse-square-root') {
      return Math.max(min, (max * Math.max(warmup, 1) ** 0.5) / Math.max(n, 1) ** 0.5);
    }
    return min + coefficient((n - warmup) / (decay - warmup), n) * (max - min);
  };
}

/** Durations in samples. A warmup given as a fraction is not rounded. */
function samples(
  name: string,
  params: z.output<typeof parameters>,
): { warmup: number; decay: number; wsd: number | undefined } {
  const batch = params.global_batch_size;
  const bySamples = params.train_samples != null;
  const run = bySamples ? params.train_samples : params.train_iters;
  const decayCount = (bySamples ? params.lr_decay_samples : params.lr_decay_iters) ?? run;
  if (decayCount == null) throw refusal(name, 'either train_iters or train_samples should be provided.');
  const unit = bySamples ? 1 : batch;
  const decay = decayCount * unit;
  const warmupCount = (bySamples ? params.lr_warmup_samples : params.lr_warmup_iters) ?? 0;
  const wsdCount = bySamples ? params.lr_wsd_decay_samples : params.lr_wsd_decay_iters;
  return {
    warmup: params.lr_warmup_fraction == null ? warmupCount * unit : params.lr_warmup_fraction * decay,
    decay,
    wsd: wsdCount == null ? undefined : wsdCount * unit,
  };
}

/** The share of max_lr - min_lr as a function of progress and, for WSD, of samples. */
function coefficientOf(
  name: string,
  style: string,
  wsdStyle: string,
  decay: number,
  wsd: number,
): (progress: number, n: number) => number {
  if (style === 'linear') return (progress) => 1 - progress;
  if (style === 'cosine') return (progress) => 0.5 * (cos(Math.PI * progress) + 1);
  if (style === 'WSD') {
    const fall = wsdFalls[wsdStyle];
    if (!fall) throw refusal(name, `assertion failed: coeff is not None, lr_wsd_decay_style is ${wsdStyle}`);
    const start = decay - wsd;
    return (_progress, n) => (n <= start ? 1 : fall((n - start) / wsd));
  }
  if (style === 'constant' || style === 'inverse-square-root') return () => 1;
  throw refusal(name, `${style} decay style is not supported.`, `one of ${styles.join(', ')}`);
}

const wsdFalls: Readonly<Record<string, (progress: number) => number>> = {
  linear: (progress) => 1 - progress,
  cosine: (progress) => 0.5 * (cos(Math.PI * progress) + 1),
  exponential: (progress) => 2 * 0.5 ** progress - 1,
  minus_sqrt: (progress) => 1 - Math.sqrt(progress),
};
