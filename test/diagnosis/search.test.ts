import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Curves, curvesOf } from '../../src/diagnosis/curves.ts';
import { diagnose, EVALUATIONS } from '../../src/diagnosis/index.ts';
import { search, type Unknown } from '../../src/diagnosis/search.ts';
import { libraryVariations } from '../../src/schedule/index.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';
import { jobOf } from '../support/job.ts';
import { type Situation, told } from './situation.ts';

const transformers = (scheduler: string, total: number, params: Record<string, unknown> = {}): CurveSpec => ({
  lib: 'transformers',
  scheduler,
  params: { num_warmup_steps: total / 500, num_training_steps: total, ...params },
  lr0: 1e-4,
});
const torch = (scheduler: string, params: Record<string, unknown>): CurveSpec => ({
  ...{ lib: 'torch', scheduler, params, lr0: 1e-4 },
});
const deepspeed = (scheduler: string, total: number): CurveSpec => ({
  lib: 'deepspeed',
  scheduler,
  params: { warmup_num_steps: total / 500, total_num_steps: total },
  lr0: 1e-4,
});

const schedules: Record<string, (total: number) => CurveSpec> = {
  linear: (total) => transformers('linear', total),
  cosine: (total) => transformers('cosine', total),
  polynomial: (total) => transformers('polynomial', total, { power: 2 }),
  'cosine with restarts': (total) => transformers('cosine_with_restarts', total, { num_cycles: 4 }),
  WSD: (total) => transformers('warmup_stable_decay', total, { num_decay_steps: total / 10 }),
  'inverse square root': (total) => transformers('inverse_sqrt', total, { timescale: 5000 }),
  WarmupDecayLR: (total) => deepspeed('WarmupDecayLR', total),
  WarmupCosineLR: (total) => deepspeed('WarmupCosineLR', total),
  CosineAnnealingLR: (total) => torch('CosineAnnealingLR', { T_max: total }),
  StepLR: (total) => torch('StepLR', { step_size: total / 100, gamma: 0.9 }),
  'warm restarts': (total) => torch('CosineAnnealingWarmRestarts', { T_0: total / 100 }),
  OneCycleLR: (total) => torch('OneCycleLR', { max_lr: 1e-4, total_steps: total }),
  SequentialLR: (total) =>
    torch('SequentialLR', {
      schedulers: [
        { scheduler: 'LinearLR', params: { total_iters: total / 500 } },
        { scheduler: 'CosineAnnealingLR', params: { T_max: total } },
      ],
      milestones: [total / 500],
    }),
  'no formula': () =>
    torch('ChainedScheduler', { schedulers: [{ scheduler: 'ExponentialLR', params: { gamma: 0.999999 } }] }),
};

/** Values of schedules that a diagnosis has computed, and what it says. */
function cost(situation: Situation): { spent: number; id: string; message: string } {
  const budget = { left: EVALUATIONS };
  const { id, message } = diagnose(told(situation, jobOf('torchrun train.py')), budget);
  return { spent: EVALUATIONS - budget.left, id, message };
}

describe.for(Object.entries(schedules))('an unexplained difference from %s', ([, spec]) => {
  const noisy = (total: number, more: Partial<Situation>): Situation => {
    const lr = libraryVariations(spec(total))({});
    // A curve without a formula is compared where stepping reaches.
    const at = (step: number) => lr(Math.min(step, 20_000));
    const actual = (step: number) => at(step) * (1 + 0.1 * Math.sin(step * step));
    return { asked: spec(total), total, expected: at, actual, ...more };
  };

  test.for<[string, (total: number) => Partial<Situation>]>([
    ['at the start', () => ({})],
    [
      'at the end, by what would follow',
      (total) => ({ from: total - 500, by: 'observation', assumed: true }),
    ],
    ['after a resume half way', (total) => ({ start: total / 2 })],
  ])('%s: a million steps cost no more than a bounded search', ([, more]) => {
    const [small, large] = [10_000, 1_000_000].map((total) => cost(noisy(total, more(total))));
    expect(large?.id).toBe('unexplained');
    expect(large?.spent).toBeLessThan(EVALUATIONS / 2);
    // A hundred times the steps: a little more of a logarithm.
    expect(large?.spent).toBeLessThan(2 * (small?.spent ?? 0) + 1000);
  });
});

const million = 1_000_000;
const planted: [what: string, asked: CurveSpec, change: Record<string, number>, says: string][] = [
  ['a total', transformers('cosine', million), { num_training_steps: 123_457 }, 'built for 123457 steps'],
  [
    'one step more',
    transformers('cosine', million),
    { num_training_steps: million + 1 },
    'built for 1000001 steps',
  ],
  [
    'a share of the total',
    transformers('linear', million),
    { num_training_steps: 31_250, num_warmup_steps: 63 },
    'built for 31250 steps',
  ],
  [
    'a longer warmup',
    transformers('linear', million),
    { num_warmup_steps: 16_000 },
    'warms up for 16000 steps',
  ],
  ['a warmup of one step', transformers('cosine', million), { num_warmup_steps: 1 }, 'warms up for 1 step,'],
  [
    'a size of steps',
    torch('StepLR', { step_size: 10_000, gamma: 0.5 }),
    { step_size: 777 },
    'step_size is 777 ',
  ],
  ['a cycle', torch('CosineAnnealingWarmRestarts', { T_0: 10_000 }), { T_0: 7777 }, 'T_0 is 7777 '],
  [
    'a DeepSpeed total',
    deepspeed('WarmupDecayLR', million),
    { total_num_steps: 40_000 },
    'built for 40000 steps',
  ],
];

test.for(planted)('%s is found among a million', ([, asked, change, says]) => {
  const { message, spent } = cost({ asked, total: million, actual: libraryVariations(asked)(change) });
  expect(message.replace(/(\d),(?=\d)/g, '$1')).toContain(says);
  expect(spent).toBeLessThan(EVALUATIONS / 2);
});

test.for([0, 4, 12_345, 62_500, 998_999, 999_000])(
  'a resumed run whose scheduler stands at %d',
  (position) => {
    const asked = transformers('cosine', million);
    const lr = libraryVariations(asked)({});
    const start = million / 2;
    const actual = (step: number) => lr(step - start + position);
    const { message } = cost({ asked, total: million, start, actual });
    expect(message).toMatch(
      position === 0 ? /starts again from the beginning/ : new RegExp(`is at step ${position}$`),
    );
  },
);

describe('the search finds what trying every value finds', () => {
  const whole = (min: number, max: number) => fc.integer({ min, max });
  const total = whole(600, 1500);
  const scheduler = fc.constantFrom(
    'linear',
    'cosine',
    'polynomial',
    'cosine_with_restarts',
    'cosine_with_min_lr',
  );
  const own: Record<string, object> = {
    cosine_with_restarts: { num_cycles: 2 },
    cosine_with_min_lr: { min_lr_rate: 0.1 },
    polynomial: { power: 2 },
  };
  const asked = fc.record({ total, warmup: whole(0, 60), scheduler }).map((drawn) => ({
    ...transformers(drawn.scheduler, drawn.total, own[drawn.scheduler] as Record<string, unknown>),
  }));

  function tried(curves: Curves, { from, to, curve, distance }: Unknown): number | undefined {
    const values = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    return values
      .sort((a, b) => distance(a) - distance(b) || a - b)
      .find((value) => curves.explains(curve(value)));
  }

  test.for(['num_training_steps', 'num_warmup_steps'])('%s', (name) => {
    const job = jobOf('torchrun train.py');
    const property = fc.property(asked, fc.double({ min: 0.02, max: 6, noNaN: true }), (spec, factor) => {
      const steps = spec.params.num_training_steps as number;
      const value = Math.max(2, Math.round(steps * (name === 'num_warmup_steps' ? factor / 12 : factor)));
      const actual = libraryVariations(spec)({ [name]: value });
      fc.pre(value !== spec.params[name]);
      const { declared, violation } = told({ asked: spec, total: steps, actual }, job);
      const curves = curvesOf(declared, violation, { left: Number.POSITIVE_INFINITY });
      const vary = curves.vary(spec);
      const expected = spec.params[name] as number;
      const distance = (candidate: number) => Math.abs(candidate - expected);
      const unknown: Unknown = {
        ...{ from: 1, to: 8 * steps, likely: [expected], distance },
        curve: (candidate) => vary({ [name]: candidate }),
      };
      expect(search(curves, unknown)).toBe(tried(curves, unknown));
    });
    fc.assert(property, { numRuns: 60 });
  });
});
