import { expect, test } from 'vitest';
import { curve } from '../../src/schedule/index.ts';
import type { Versions } from '../../src/schedule/schedule.ts';
import { compareVersions, parseVersions } from '../../src/schedule/versions.ts';

function deepspeed(scheduler: string, params: Record<string, unknown>, versions: Versions) {
  const lr = curve({ lib: 'deepspeed', scheduler, params, lr0: 1e-5 }, versions);
  return [0, 1, 2].map(lr);
}

test('reads a list of versions', () => {
  expect(parseVersions('transformers=4.57.6,deepspeed=0.16.9')).toEqual({
    transformers: '4.57.6',
    deepspeed: '0.16.9',
  });
  expect(() => parseVersions('transformer=4')).toThrow(
    "'transformer' is not one of the libraries with known versions",
  );
  expect(() => parseVersions('transformers')).toThrow('has no version');
});

test('versions compare by their numbers', () => {
  expect(compareVersions('5.4.0', '5.15.0')).toBeLessThan(0);
  expect(compareVersions('2.13.0+cpu', '2.13')).toBe(0);
  expect(compareVersions('0.19.3.post1', '0.19.2')).toBeGreaterThan(0);
});

test('before 0.15.3 DeepSpeed took its first step with the whole learning rate', () => {
  expect(deepspeed('WarmupLR', { warmup_num_steps: 10 }, { deepspeed: '0.15.2' })[0]).toBe(1e-5);
  expect(deepspeed('WarmupLR', { warmup_num_steps: 10 }, {})[0]).toBe(0);
});

test('before 0.17.2 WarmupLR without a peak meant 0.001', () => {
  const lr = curve(
    { lib: 'deepspeed', scheduler: 'WarmupLR', params: { warmup_num_steps: 2 }, lr0: 1e-5 },
    { deepspeed: '0.16.9' },
  );
  expect(lr(50)).toBe(0.001);
});

test('before 0.19.3 a cosine rose again past its end, and a warmup of 0 passed', () => {
  const params = { warmup_num_steps: 0, total_num_steps: 10, cos_min_ratio: 0 };
  const lr = curve(
    { lib: 'deepspeed', scheduler: 'WarmupCosineLR', params, lr0: 1e-5 },
    { deepspeed: '0.19.2' },
  );
  expect(lr(16)).toBeGreaterThan(lr(10));
  expect(() => deepspeed('WarmupCosineLR', params, {})).toThrow('positive integer');
});

test('inverse_sqrt heeds its timescale since transformers 5.4', () => {
  const spec = {
    lib: 'transformers',
    scheduler: 'inverse_sqrt',
    params: { num_warmup_steps: 4, timescale: 100 },
    lr0: 1,
  };
  expect(curve(spec)(8)).not.toBe(curve(spec, { transformers: '5.3.0' })(8));
  expect(curve(spec, { transformers: '5.3.0' })(16)).toBe(0.5);
});

test('WSD warms up from 0 and wants its plateau spelt out before transformers 4.49', () => {
  const params = { num_warmup_steps: 4, num_stable_steps: 4, num_decay_steps: 4, min_lr_ratio: 0.5 };
  const spec = { lib: 'transformers', scheduler: 'warmup_stable_decay', params, lr0: 1 };
  expect(curve(spec)(0)).toBe(0.5);
  expect(curve(spec, { transformers: '4.48.3' })(0)).toBe(0);
  const without = { ...spec, params: { num_warmup_steps: 4, num_training_steps: 12, num_decay_steps: 4 } };
  expect(() => curve(without, { transformers: '4.48.3' })).toThrow(
    "missing required argument 'num_stable_steps'",
  );
});
