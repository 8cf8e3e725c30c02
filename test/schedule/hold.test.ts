import { expect, test } from 'vitest';
import { holdSteps } from '../../src/schedule/hold.ts';
import { curve } from '../../src/schedule/index.ts';

function hold(
  scheduler: string,
  warmup: number,
  total: number,
  projection: boolean,
  worldSize = 64,
  accumulation = 2,
) {
  const params = { num_warmup_steps: warmup, num_training_steps: total };
  const lr = curve({ lib: 'transformers', scheduler, params, lr0: 1e-5 });
  return holdSteps(lr, total, { projection, worldSize, accumulation });
}

test('with a projection a schedule that moves is told from every stepping fault in two steps', () => {
  expect(hold('cosine', 10, 100, true).steps).toBe(2);
  expect(hold('linear', 0, 100, true).steps).toBe(2);
  expect(hold('constant_with_warmup', 50, 1000, true).steps).toBe(2);
});

test('without one it takes until just past the warmup, and the slowest fault is named', () => {
  expect(hold('cosine', 30, 100, false)).toEqual({
    steps: 32,
    mode: 'constant',
    why: 'a schedule that is constant after the warmup has shown itself within the first 32 steps',
  });
});

test('DeepSpeed holds its first value for two steps, and nothing moves before the third', () => {
  const lr = curve({ lib: 'deepspeed', scheduler: 'WarmupLR', params: { warmup_num_steps: 10 }, lr0: 1e-5 });
  expect(holdSteps(lr, 100, { projection: true, worldSize: 1, accumulation: 1 })).toMatchObject({
    steps: 3,
    mode: 'not-stepped',
  });
});

test('a schedule that never moves asks for no more than the two steps that others need to write over it', () => {
  expect(hold('constant', 0, 1000, false).steps).toBe(2);
  expect(hold('constant', 0, 1, false).steps).toBe(1);
});

test('a total that is off by an epoch shows where the decay has got far enough', () => {
  const params = { num_warmup_steps: 100, num_training_steps: 30_000 };
  const lr = curve({ lib: 'transformers', scheduler: 'cosine', params, lr0: 1e-5 });
  const context = { projection: false, worldSize: 1, accumulation: 1 };
  const byAStep = holdSteps(lr, 30_000, context).steps;
  const byAnEpoch = holdSteps(lr, 30_000, { ...context, updatesPerEpoch: 10_000 }).steps;
  expect(byAnEpoch).toBe(102);
  expect(byAStep).toBeGreaterThanOrEqual(byAnEpoch);
});

test('a million steps take a moment, not more than the run', () => {
  const start = process.cpuUsage();
  expect(hold('constant', 0, 1_000_000, false).steps).toBe(2);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(3);
  const lr = curve({ lib: 'torch', scheduler: 'OneCycleLR', params: { max_lr: 1, total_steps: 5 }, lr0: 1 });
  expect(holdSteps(lr, 5, { projection: false, worldSize: 8, accumulation: 1 }).steps).toBeLessThanOrEqual(5);
});
