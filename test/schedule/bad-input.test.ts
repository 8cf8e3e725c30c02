import { expect, test } from 'vitest';
import { curve, findSchedule, libraryCurve } from '../../src/schedule/index.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';

const hf = { num_warmup_steps: 2, num_training_steps: 10 };
const cosine: CurveSpec = { lib: 'transformers', scheduler: 'cosine', params: hf, lr0: 1e-5 };

/** What a user may write, the code of the one message, and what it says. */
const cases: readonly [string, Record<string, unknown>, string, RegExp][] = [
  ['another family', { lib: 'transformer' }, 'unknown-family', /no schedule family 'transformer'/],
  ['another schedule', { scheduler: 'cosin' }, 'unknown-schedule', /no schedule 'cosin'/],
  [
    'an unknown argument',
    { params: { ...hf, num_cycle: 1 } },
    'bad-schedule-parameter',
    /unexpected keyword argument 'num_cycle'/,
  ],
  [
    'a number as text',
    { params: { ...hf, num_cycles: '5e-1' } },
    'bad-schedule-parameter',
    /num_cycles is the string '5e-1'/,
  ],
  [
    'a warmup without a run',
    { params: { num_warmup_steps: 2 } },
    'schedule-refused',
    /requires `num_training_steps`/,
  ],
  ['no warmup', { params: {} }, 'schedule-refused', /requires `num_warmup_steps`/],
  [
    'a warmup past the end',
    { params: { ...hf, num_warmup_steps: 11 } },
    'warmup-longer-than-run',
    /11 steps is longer than the run of 10/,
  ],
  ['negative steps', { params: { ...hf, num_warmup_steps: -1 } }, 'negative-steps', /num_warmup_steps is -1/],
  ['no peak', { lr0: 0 }, 'bad-learning-rate', /the learning rate is 0/],
  [
    'an endless peak',
    { lr0: Number.POSITIVE_INFINITY },
    'bad-learning-rate',
    /the learning rate is Infinity/,
  ],
  ['a peak as text', { lr0: '1e-4' }, 'bad-learning-rate', /the string '1e-4'/],
  [
    'plateau',
    { scheduler: 'reduce_lr_on_plateau', params: {} },
    'not-predictable',
    /cannot be predicted, only its bounds/,
  ],
  ['greedy', { scheduler: 'greedy', params: {} }, 'not-predictable', /cannot be predicted, only its bounds/],
  [
    'WSD without a decay',
    { scheduler: 'warmup_stable_decay' },
    'bad-schedule-parameter',
    /missing required argument 'num_decay_steps'/,
  ],
  [
    'a decay without steps',
    { scheduler: 'polynomial', params: { num_warmup_steps: 5, num_training_steps: 5 } },
    'schedule-refused',
    /division by zero/,
  ],
  [
    'WarmupDecayLR without a total',
    { lib: 'deepspeed', scheduler: 'WarmupDecayLR', params: {} },
    'bad-schedule-parameter',
    /missing required argument 'total_num_steps'/,
  ],
  [
    'a DeepSpeed warmup of 0',
    { lib: 'deepspeed', scheduler: 'WarmupLR', params: { warmup_num_steps: 0 } },
    'schedule-refused',
    /positive integer, got 0/,
  ],
  [
    'a total for WarmupLR',
    { lib: 'deepspeed', scheduler: 'WarmupLR', params: { total_num_steps: 5 } },
    'bad-schedule-parameter',
    /unexpected keyword argument 'total_num_steps'/,
  ],
];

test.each(cases)('%s', (_name, changed, code, message) => {
  const spec = { ...cosine, ...changed } as CurveSpec;
  expect(() => curve(spec)).toThrow(
    expect.objectContaining({ code, exitCode: 2, message: expect.stringMatching(message) }),
  );
});

test('the nearest names are suggested', () => {
  expect(() => findSchedule('transformer', 'cosine')).toThrow(
    expect.objectContaining({ hint: 'did you mean transformers?' }),
  );
  expect(() => findSchedule('torch', 'CosineAnealingLR')).toThrow(
    expect.objectContaining({ hint: 'did you mean CosineAnnealingLR?' }),
  );
});

test('what only the library would run can still be shown', () => {
  const lr = libraryCurve({ ...cosine, params: { num_warmup_steps: 20, num_training_steps: 10 } });
  expect(lr(9)).toBeCloseTo(4.5e-6, 18);
});

test('a schedule ends where its library raises', () => {
  const lr = curve({
    lib: 'torch',
    scheduler: 'OneCycleLR',
    params: { max_lr: 1e-3, total_steps: 5 },
    lr0: 1e-3,
  });
  expect(lr(5)).toBeGreaterThan(0);
  expect(() => lr(6)).toThrow('Tried to step 6 times. The specified number of total steps is 5');
});
