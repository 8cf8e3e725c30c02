/** Random settings of the schedules whose library is at hand: mostly valid, and some that only look so. */
import * as fc from 'fast-check';

export interface Setting {
  lib: string;
  scheduler: string;
  params: Record<string, unknown>;
  lr0: number;
  /** Optimizer steps to compare. */
  count: number;
}

type Params = fc.Arbitrary<Record<string, unknown>>;

/** 1e-8 … 0.99, with digits that people write. */
const lr = fc
  .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: -9, max: -2 }))
  .map(([m, e]) => Number(`${m}e${e}`));
const ratio = fc.oneof(
  fc.integer({ min: 1, max: 999 }).map((n) => n / 1000),
  fc.double({ min: 1e-6, max: 1, maxExcluded: true, noNaN: true }),
);
const share = fc.oneof(ratio, fc.constant(0));
const steps = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 90 }));
const some = fc.integer({ min: 1, max: 60 });
const cycles = fc.oneof(
  fc.constantFrom(0.5, 1, 2, 3),
  fc.integer({ min: 1, max: 40 }).map((n) => n / 8),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Keys whose value is undefined are left out: the library's default is at work. */
function record(shape: Record<string, fc.Arbitrary<unknown>>): Params {
  return fc
    .record(shape)
    .map((given) => Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)));
}

/** Warmup and total under a library's names; about one in ten has a warmup that is longer than the run. */
function span(warmup: string, total: string): Params {
  return fc
    .tuple(
      steps,
      fc.oneof({ weight: 9, arbitrary: steps }, { weight: 1, arbitrary: fc.integer({ min: -12, max: -1 }) }),
    )
    .map(([w, more]) => ({ [warmup]: w, [total]: Math.max(0, w + more) }));
}

function merged(...parts: Params[]): Params {
  return fc.tuple(...parts).map((given) => Object.assign({}, ...given) as Record<string, unknown>);
}

const hf = (shape: Record<string, fc.Arbitrary<unknown>> = {}) =>
  merged(span('num_warmup_steps', 'num_training_steps'), record(shape));
const floor = fc.oneof(
  record({ min_lr: lr }),
  record({ min_lr_rate: share }),
  record({ min_lr: optional(lr), min_lr_rate: optional(share) }),
);
const shapes = optional(fc.constantFrom('linear', 'cosine', '1-sqrt'));

export const transformersSettings: Readonly<Record<string, Params>> = {
  linear: hf(),
  cosine: hf({ num_cycles: optional(cycles) }),
  cosine_with_restarts: hf({ num_cycles: optional(fc.integer({ min: 1, max: 5 })) }),
  polynomial: hf({
    lr_end: optional(lr.map((value) => value / 100)),
    power: optional(fc.constantFrom(0.5, 1, 1.5, 2, 3)),
  }),
  constant: hf({ anything: optional(fc.integer()) }),
  constant_with_warmup: hf({ anything: optional(fc.integer()) }),
  inverse_sqrt: hf({ timescale: optional(fc.integer({ min: 1, max: 20_000 })) }),
  cosine_with_min_lr: merged(hf({ num_cycles: optional(cycles) }), floor),
  cosine_warmup_with_min_lr: merged(
    hf({ num_cycles: optional(cycles), warmup_lr_rate: optional(share) }),
    floor,
  ),
  warmup_stable_decay: hf({
    num_decay_steps: fc.oneof(
      { weight: 19, arbitrary: steps },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    num_stable_steps: optional(steps),
    warmup_type: shapes,
    decay_type: fc.oneof({ weight: 19, arbitrary: shapes }, { weight: 1, arbitrary: fc.constant('square') }),
    min_lr_ratio: optional(share),
    num_cycles: optional(cycles),
  }),
};

const dsWarmup = {
  warmup_num_steps: optional(fc.integer({ min: 0, max: 40 })),
  warmup_type: optional(fc.constantFrom('log', 'linear', 'Linear')),
};
const dsTotal = { total_num_steps: fc.integer({ min: 0, max: 120 }) };

export const deepspeedSettings: Readonly<Record<string, Params>> = {
  WarmupLR: record({ ...dsWarmup, warmup_min_lr: optional(lr), warmup_max_lr: optional(lr) }),
  WarmupDecayLR: record({
    ...dsWarmup,
    ...dsTotal,
    warmup_min_lr: optional(lr),
    warmup_max_lr: optional(lr),
  }),
  WarmupCosineLR: record({
    ...dsWarmup,
    ...dsTotal,
    warmup_min_ratio: optional(share),
    cos_min_ratio: optional(share),
  }),
  OneCycle: record({
    cycle_min_lr: lr,
    cycle_max_lr: lr,
    decay_lr_rate: optional(share),
    cycle_first_step_size: optional(fc.integer({ min: 0, max: 40 })),
    cycle_second_step_size: optional(fc.integer({ min: 0, max: 40 })),
    cycle_first_stair_count: optional(fc.integer({ min: 0, max: 6 })),
    cycle_second_stair_count: optional(fc.integer({ min: 0, max: 6 })),
    decay_step_size: optional(fc.integer({ min: 0, max: 20 })),
    cycle_momentum: optional(fc.boolean()),
  }),
  LRRangeTest: record({
    lr_range_test_min_lr: optional(lr),
    lr_range_test_step_size: optional(fc.integer({ min: 0, max: 40 })),
    lr_range_test_step_rate: optional(ratio.map((value) => value * 4)),
    lr_range_test_staircase: optional(fc.boolean()),
  }),
};

const factors = fc.oneof(ratio, fc.array(ratio, { minLength: 200, maxLength: 200 }));

const torchLeaves: Readonly<Record<string, Params>> = {
  LambdaLR: record({ lr_lambda: factors }),
  MultiplicativeLR: record({ lr_lambda: factors }),
  StepLR: record({ step_size: fc.integer({ min: 0, max: 30 }), gamma: optional(ratio) }),
  MultiStepLR: record({
    milestones: fc
      .array(fc.integer({ min: 0, max: 100 }), { maxLength: 5 })
      .map((at) => at.sort((a, b) => a - b)),
    gamma: optional(ratio),
  }),
  ConstantLR: record({ factor: optional(share), total_iters: optional(steps) }),
  LinearLR: record({
    start_factor: optional(share),
    end_factor: optional(share),
    total_iters: optional(steps),
  }),
  ExponentialLR: record({ gamma: ratio }),
  PolynomialLR: record({ total_iters: optional(steps), power: optional(fc.constantFrom(0.5, 1, 2, 2.5)) }),
  CosineAnnealingLR: record({ T_max: fc.integer({ min: 0, max: 90 }), eta_min: optional(lr) }),
  CosineAnnealingWarmRestarts: record({
    T_0: fc.integer({ min: 0, max: 40 }),
    T_mult: optional(fc.integer({ min: 0, max: 3 })),
    eta_min: optional(lr),
  }),
  OneCycleLR: record({
    max_lr: lr,
    total_steps: optional(fc.integer({ min: 0, max: 160 })),
    epochs: optional(fc.integer({ min: 1, max: 4 })),
    steps_per_epoch: optional(some),
    pct_start: optional(ratio),
    anneal_strategy: optional(fc.constantFrom('cos', 'linear')),
    div_factor: optional(some),
    final_div_factor: optional(fc.integer({ min: 1, max: 10_000 })),
    three_phase: optional(fc.boolean()),
  }),
  CyclicLR: record({
    base_lr: lr,
    max_lr: lr,
    step_size_up: optional(fc.integer({ min: 0, max: 30 })),
    step_size_down: optional(fc.integer({ min: 0, max: 30 })),
    mode: optional(fc.constantFrom('triangular', 'triangular2', 'exp_range', 'sawtooth')),
    gamma: optional(ratio),
    cycle_momentum: optional(fc.boolean()),
  }),
};

const leaf = fc.oneof(
  ...Object.entries(torchLeaves).map(([scheduler, params]) =>
    params.map((given) => ({ scheduler, params: given })),
  ),
);

/** Compositions, a few of them of compositions. */
const composition: fc.Arbitrary<{ scheduler: string; params: Record<string, unknown> }> = fc.letrec<{
  child: { scheduler: string; params: Record<string, unknown> };
  composed: { scheduler: string; params: Record<string, unknown> };
}>((tie) => ({
  child: fc.oneof({ weight: 9, arbitrary: leaf }, { weight: 1, arbitrary: tie('composed') }),
  composed: fc
    .tuple(
      fc.constantFrom('SequentialLR', 'ChainedScheduler'),
      fc.array(tie('child'), { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([scheduler, schedulers, milestones, miscounted]) => {
      if (scheduler === 'ChainedScheduler') return { scheduler, params: { schedulers } };
      const count = schedulers.length - (miscounted && schedulers.length % 3 === 0 ? 0 : 1);
      return {
        scheduler,
        params: { schedulers, milestones: milestones.sort((a, b) => a - b).slice(0, count) },
      };
    }),
})).composed;

const count = fc.integer({ min: 1, max: 140 });

function settingsOf(lib: string, schedules: Readonly<Record<string, Params>>): fc.Arbitrary<Setting> {
  return fc.oneof(
    ...Object.entries(schedules).map(([scheduler, params]) =>
      fc.record({ lib: fc.constant(lib), scheduler: fc.constant(scheduler), params, lr0: lr, count }),
    ),
  );
}

const composed: fc.Arbitrary<Setting> = fc
  .tuple(composition, lr, count)
  .map(([{ scheduler, params }, lr0, n]) => ({ lib: 'torch', scheduler, params, lr0, count: n }));

const inner = fc.oneof(settingsOf('transformers', transformersSettings), settingsOf('torch', torchLeaves));

export const settings = {
  transformers: settingsOf('transformers', transformersSettings),
  deepspeed: settingsOf('deepspeed', deepspeedSettings),
  torch: fc.oneof(
    { weight: 3, arbitrary: settingsOf('torch', torchLeaves) },
    { weight: 2, arbitrary: composed },
  ),
  accelerate: fc
    .tuple(inner, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .map(
      ([{ lib, scheduler, params, lr0, count: n }, linked, split, processes, window]): Setting => ({
        lib: 'accelerate',
        scheduler: 'AcceleratedScheduler',
        params: {
          scheduler: { lib, scheduler, params },
          step_with_optimizer: linked,
          split_batches: split,
          num_processes: processes,
          gradient_accumulation_steps: window,
        },
        lr0,
        count: Math.min(n, 40),
      }),
    ),
} as const;
