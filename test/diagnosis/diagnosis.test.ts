import { expect, test } from 'vitest';
import { diagnose, modes } from '../../src/diagnosis/index.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';
import { jobOf } from '../support/job.ts';
import { afresh } from './afresh.ts';
import { own, type Situation, TOTAL, told } from './situation.ts';

const WARMUP = 8;

const transformers = (scheduler: string, params: Record<string, unknown> = {}, lr0 = 1e-4): CurveSpec => ({
  lib: 'transformers',
  scheduler,
  params: { num_warmup_steps: WARMUP, num_training_steps: TOTAL, ...params },
  lr0,
});
const deepspeed = (scheduler: string, params: Record<string, unknown>): CurveSpec => ({
  lib: 'deepspeed',
  scheduler,
  params,
  lr0: 1e-4,
});
const cosine = transformers('cosine');
const linear = transformers('linear');

/** DeepSpeed's scheduler with these parameters, in force. */
function engine(scheduler: string, params: Record<string, unknown>): Partial<Situation> {
  return {
    actual: libraryCurve(deepspeed(scheduler, params)),
    in_force: { class: scheduler, module: 'deepspeed.runtime.lr_schedules', stepped_by: 'DeepSpeed engine' },
    deepspeed: { config: null, scheduler, scheduler_params: params, optimizer: 'adamw', zero_stage: 1 },
  };
}

const at = libraryCurve(cosine);
const decay = {
  total_num_steps: TOTAL,
  warmup_num_steps: WARMUP,
  warmup_min_lr: 0,
  warmup_max_lr: 1e-4,
  warmup_type: 'linear',
};
const without = (params: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));
const stand = (name: string, params: Record<string, unknown>) =>
  ({ asked: deepspeed(name, decay), ...engine(name, params) }) as Situation;

const situations: [id: string, what: string, situation: Situation][] = [
  [
    'deepspeed-scheduler-replaces',
    'WarmupLR for cosine',
    { asked: cosine, ...engine('WarmupLR', without(decay, 'total_num_steps')) } as Situation,
  ],
  ['deepspeed-default', 'no warmup_max_lr', stand('WarmupDecayLR', without(decay, 'warmup_max_lr'))],
  ['deepspeed-default', 'no warmup_num_steps', stand('WarmupDecayLR', without(decay, 'warmup_num_steps'))],
  [
    'deepspeed-least-warmup',
    'a warmup of 0',
    {
      asked: transformers('linear', { num_warmup_steps: 0 }),
      ...engine('WarmupDecayLR', { ...decay, warmup_num_steps: 1 }),
    } as Situation,
  ],
  ['log-warmup', 'the default type', stand('WarmupDecayLR', without(decay, 'warmup_type'))],
  ['late', 'WarmupDecayLR for linear', { asked: linear, ...engine('WarmupDecayLR', decay) } as Situation],
  ['late', 'two steps', { asked: cosine, actual: (s) => at(Math.max(0, s - 2)) }],
  [
    'floor-ignored',
    'warmup_min_lr auto',
    {
      ...stand('WarmupDecayLR', decay),
      asked: deepspeed('WarmupDecayLR', { ...decay, warmup_min_lr: 1e-5 }),
    },
  ],
  [
    'deepspeed-scheduler-replaces',
    'the same family with other numbers',
    {
      asked: transformers('cosine'),
      ...engine('WarmupCosineLR', { total_num_steps: 77, warmup_num_steps: 3 }),
    } as Situation,
  ],

  ['resume-restarted', 'scheduler not saved', { asked: cosine, start: 12, actual: (s) => at(s - 12) }],
  ['resume-counted-twice', 'stepped forward again', { asked: cosine, start: 12, actual: (s) => at(s + 12) }],
  [
    'resume-other-position',
    'counted for half as many ranks',
    { asked: cosine, start: 12, actual: (s) => at(s - 6) },
  ],
  ['resume-old-peak', 'new learning rate ignored', { asked: cosine, start: 12, actual: (s) => 2.5 * at(s) }],
  [
    'resume-other-schedule',
    'one old step',
    { asked: cosine, start: 12, actual: (s) => (s === 12 ? 5e-5 : at(s)) },
  ],

  [
    'stepped-too-often',
    'once per rank',
    { asked: cosine, actual: (s) => at(4 * s), training: { world_size: 4 } },
  ],
  [
    'stepped-too-often',
    'once per micro-batch, seen at one step',
    {
      asked: cosine,
      by: 'observation',
      actual: (s) => at(8 * s),
      training: { gradient_accumulation_steps: 8 },
    },
  ],
  [
    'stepped-too-often',
    'twice, by two parties',
    {
      asked: linear,
      by: 'observation',
      actual: (s) => libraryCurve(linear)(2 * s),
      violation: { in_force: { ...own, stepped_by: 'DeepSpeed engine' } },
    },
  ],
  ['scheduler-not-stepped', 'never', { asked: cosine, by: 'observation', actual: () => at(0) }],
  [
    'scheduler-not-stepped',
    'once in 5 updates',
    { asked: cosine, by: 'observation', actual: (s) => at(Math.floor(s / 5)) },
  ],
  [
    'ahead-of-updates',
    'one skipped update',
    { asked: cosine, by: 'observation', actual: (s) => at(s < 5 ? s : s + 1), violation: { skipped: 1 } },
  ],
  ['early', 'one step', { asked: cosine, actual: (s) => at(s + 1) }],

  ...afresh,

  [
    'warmup-missing',
    'warmup ignored',
    { asked: cosine, actual: libraryCurve(transformers('cosine', { num_warmup_steps: 0 })) },
  ],
  [
    'warmup-missing',
    'constant for constant_with_warmup',
    { asked: transformers('constant_with_warmup'), actual: () => 1e-4 },
  ],
  [
    'warmup-fraction',
    '0.2 steps',
    { asked: cosine, actual: libraryCurve(transformers('cosine', { num_warmup_steps: 0.2 })) },
  ],
  [
    'other-warmup',
    'not divided by ranks',
    {
      asked: cosine,
      training: { world_size: 2 },
      actual: libraryCurve(transformers('cosine', { num_warmup_steps: 16 })),
    },
  ],
  [
    'other-warmup',
    'one step',
    { asked: cosine, actual: libraryCurve(transformers('cosine', { num_warmup_steps: 1 })) },
  ],

  [
    'total-factor',
    'divided by ranks',
    {
      asked: linear,
      training: { world_size: 4 },
      actual: libraryCurve(transformers('linear', { num_training_steps: 10 })),
    },
  ],
  [
    'total-factor',
    'micro-steps',
    {
      asked: cosine,
      training: { gradient_accumulation_steps: 4 },
      actual: libraryCurve(transformers('cosine', { num_training_steps: 160 })),
    },
  ],
  [
    'total-minus-warmup',
    'Megatron users',
    { asked: cosine, actual: libraryCurve(transformers('cosine', { num_training_steps: TOTAL - WARMUP })) },
  ],
  [
    'total-rounding',
    'one window per epoch',
    {
      asked: cosine,
      training: { num_train_epochs: 3 },
      actual: libraryCurve(transformers('cosine', { num_training_steps: TOTAL - 3 })),
    },
  ],
  [
    'total-other',
    'a placeholder',
    { asked: linear, actual: libraryCurve(transformers('linear', { num_training_steps: 1000 })) },
  ],
  [
    'total-other',
    'counted before packing',
    { asked: linear, actual: libraryCurve(transformers('linear', { num_training_steps: 263 })) },
  ],

  [
    'floor-ignored',
    'min_lr_rate',
    { asked: transformers('cosine_with_min_lr', { min_lr_rate: 0.1 }), actual: at },
  ],
  [
    'floor-clamped',
    'max(minimum, cosine)',
    {
      asked: transformers('cosine_with_min_lr', { min_lr_rate: 0.2 }),
      actual: (s) => (s < WARMUP ? at(s) : Math.max(2e-5, at(s))),
    },
  ],
  [
    'arguments-dropped',
    'cycles',
    {
      asked: transformers('cosine_with_restarts', { num_cycles: 3 }),
      actual: libraryCurve(transformers('cosine_with_restarts')),
    },
  ],
  ['other-schedule', 'linear for cosine', { asked: cosine, actual: libraryCurve(linear) }],
  ['other-peak', 'ten times', { asked: cosine, actual: (s) => 10 * at(s) }],
  ['group-mismatch', 'a group of its own', { asked: cosine, group: 1, base_lrs: [1e-4, 1e-5], actual: at }],
  ['flat', 'at the peak', { asked: cosine, actual: (s) => (s <= WARMUP ? at(s) : 1e-4) }],
  [
    'first-update-at-peak',
    'before the scheduler',
    {
      asked: deepspeed('WarmupDecayLR', decay),
      actual: (s) => (s === 0 ? 1e-4 : libraryCurve(deepspeed('WarmupDecayLR', decay))(s)),
    },
  ],
  [
    'resume-lost-lr',
    'one step at the peak',
    { asked: cosine, start: 12, actual: (s) => (s === 12 ? 1e-4 : at(s)) },
  ],
  [
    'other-argument',
    'the decay of a WSD schedule',
    {
      asked: transformers('warmup_stable_decay', { num_decay_steps: 10 }),
      actual: libraryCurve(transformers('warmup_stable_decay', { num_decay_steps: 20 })),
    },
  ],
  [
    'groups-shifted',
    'an empty group',
    {
      asked: transformers('linear', {}, 1e-4),
      base_lrs: [1e-4, 1e-5],
      actual: (s) => 10 * libraryCurve(linear)(s),
      in_force: { ...own, base_lrs: [1e-3, 1e-4] },
    },
  ],
  [
    'group-floor',
    'scaled with the group',
    {
      asked: cosine,
      group: 1,
      base_lrs: [1e-4, 1e-3],
      expected: (s) => 1e-4 + 0.9 * 10 * at(s),
      actual: (s) => 10 * at(s),
    },
  ],
  [
    'one-rank-only',
    'another config',
    { asked: cosine, actual: libraryCurve(linear), alone: { rank: 3, node: 'node-2', others: 3 } },
  ],
  ['unexplained', 'noise', { asked: cosine, actual: (s) => at(s) * (1 + 0.1 * Math.sin(s * s)) }],
  // What a loop without a Trainer shows at the first update that differs, and what would follow at one step per update.
  [
    'total-other',
    'a finished schedule, resumed',
    {
      asked: cosine,
      start: 12,
      by: 'observation',
      assumed: true,
      actual: () => 0,
      violation: { scheduler: 12 },
    },
  ],
  [
    'resume-lost-lr',
    'seen at one update',
    {
      asked: cosine,
      start: 12,
      by: 'observation',
      assumed: true,
      actual: (s) => (s === 12 ? 1e-4 : at(s)),
      violation: { scheduler: 12 },
    },
  ],
  [
    'resume-old-peak',
    'seen at one update, by a scheduler that nothing knows',
    { asked: cosine, start: 12, by: 'observation', actual: (s) => 2 * at(s) },
  ],
  [
    'resume-counted-twice',
    'seen at one update',
    {
      asked: cosine,
      start: 12,
      by: 'observation',
      assumed: true,
      actual: (s) => at(s + 12),
      violation: { scheduler: 24 },
    },
  ],
  [
    'resume-other-position',
    'the optimizer still holds its first value',
    {
      asked: cosine,
      start: 12,
      actual: (s) => (s === 12 ? at(12) : at(6 + s - 12)),
      violation: { scheduler: 12 },
    },
  ],
  [
    'resume-restarted',
    'the optimizer still holds its first value',
    {
      asked: cosine,
      start: 12,
      by: 'observation',
      actual: (s) => (s === 12 ? at(12) : at(s - 12)),
      violation: { scheduler: 1 },
    },
  ],
  [
    'flat',
    'a warmup that never ends, seen at one update',
    { asked: linear, by: 'observation', actual: (s) => Math.min(1, s / WARMUP) * 1e-4 },
  ],
  [
    'total-minus-warmup',
    'flat at its end',
    {
      asked: cosine,
      actual: (s) =>
        s > TOTAL - WARMUP
          ? 0
          : libraryCurve(transformers('cosine', { num_training_steps: TOTAL - WARMUP }))(s),
    },
  ],
  [
    'stepped-too-often',
    'before the first update is complete',
    {
      asked: cosine,
      by: 'observation',
      training: { gradient_accumulation_steps: 4 },
      actual: (s) => at(4 * s + 3),
    },
  ],
  [
    'early',
    'before the optimizer',
    { asked: cosine, by: 'observation', assumed: true, actual: (s) => at(s + 1) },
  ],
];

test.for(situations)('%s: %s', ([id, , situation]) => {
  const diagnosis = diagnose(told(situation, jobOf('torchrun train.py')));
  expect(diagnosis.id, diagnosis.message).toBe(id);
  expect(diagnosis.fix.length).toBeGreaterThan(0);
  expect(diagnosis.evidence.length).toBeGreaterThan(0);
});

const cause = (situation: Situation) => diagnose(told(situation, jobOf('torchrun train.py')));

test('one observed value is no cause where the rates of the groups contradict it', () => {
  // open_clip's warmup of twice the length: half of the expected value, and the peak is as asked.
  const loop = (warmup: number) => (s: number) => (1e-4 * Math.min(warmup, s + 1)) / warmup;
  const half: Situation = {
    asked: cosine,
    values: true,
    by: 'observation',
    expected: loop(8),
    actual: loop(16),
  };
  expect(cause(half).id).not.toBe('other-peak');
  expect(cause({ ...half, in_force: { ...own, base_lrs: [5e-5] } }).id).toBe('other-peak');
  expect(cause({ ...half, assumed: true }).id).toBe('other-warmup');
});

test('a loop without a scheduler of a library is not one whose rate stands still', () => {
  const bare = { class: 'no scheduler', module: '', stepped_by: 'the training loop' };
  const situation: Situation = {
    asked: cosine,
    start: 6,
    by: 'observation',
    actual: (s) => 2 * at(s),
    in_force: bare,
  };
  expect(cause(situation).id).toBe('resume-old-peak');
  // By chance the doubled rate is the one that the group was made with.
  expect(cause({ ...situation, base_lrs: [2 * at(6)], asked: { ...cosine, lr0: 1e-4 } }).id).not.toBe(
    'no-scheduler',
  );
});

test('a scheduler of another optimizer is not said to be stepped by nobody', () => {
  const bare = { class: 'no scheduler', module: '', stepped_by: 'the training loop' };
  const flat = transformers('linear', { num_warmup_steps: 0 });
  const { id, message } = cause({ asked: flat, by: 'observation', actual: () => 1e-4, in_force: bare });
  expect(id).toBe('scheduler-not-stepped');
  expect(message).toContain('no scheduler drives this');
});

test('a config that is the intent is not told to be deleted', () => {
  const situation = stand('WarmupDecayLR', { ...decay, warmup_num_steps: 5 });
  for (const source of ['DeepSpeed config', '--expect']) {
    const { message, fix } = cause({ ...situation, source });
    expect(message).not.toMatch(/WarmupDecayLR silently replaces/);
    expect(fix.join(' ')).not.toMatch(/delete the "scheduler" block/);
  }
});

test('what is unexplained shows ten steps and both curves, and asks nobody for what was given', () => {
  const noise = (s: number) => at(s) * (s < 12 ? 1 : 1 + 0.1 * Math.sin(s * s));
  for (const by of ['projection', 'observation'] as const) {
    const { id, evidence, fix } = cause({
      asked: cosine,
      actual: noise,
      by,
      assumed: true,
      source: '--expect',
    });
    expect(id).toBe('unexplained');
    const texts = evidence.map(({ text }) => text);
    expect(texts.filter((text) => /^step \d+: expected/.test(text))).toHaveLength(10);
    expect(texts).toContainEqual(expect.stringMatching(/^expected curve, by optimizer step: 0: 0, /));
    expect(texts).toContainEqual(expect.stringMatching(/^curve in force, by optimizer step: /));
    expect(fix.join(' ')).not.toMatch(/--expect "/);
  }
  expect(cause({ asked: cosine, actual: noise }).fix.join(' ')).toContain('--expect "');
});

test('every mode is met above', () => {
  const met = new Set(situations.map(([id]) => id));
  expect(modes.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
});

test.for(
  [transformers('constant'), transformers('constant_with_warmup'), cosine, linear].flatMap((asked) =>
    [0.5, 2, 10, 0.1, 0].map((factor) => ({ name: asked.scheduler, asked, factor })),
  ),
)('$name times $factor from step 17 on: no cause that the steps before contradict', ({ asked, factor }) => {
  const lr = libraryCurve(asked);
  const situation: Situation = {
    asked,
    by: 'observation',
    actual: (s) => (s < 17 ? lr(s) : factor * lr(s)),
    // The group's own base rate is off by the same factor, as a scheduler's is that scales everything from a step on.
    in_force: { ...own, base_lrs: [factor * 1e-4] },
    training: { world_size: 2, gradient_accumulation_steps: 10 },
  };
  const { id, message } = diagnose(told(situation, jobOf('torchrun train.py')));
  expect(id, message).toBe('unexplained');
});
