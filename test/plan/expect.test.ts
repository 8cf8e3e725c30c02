import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RampcheckError } from '../../src/errors.ts';
import { readExpect } from '../../src/plan/expect.ts';
import { scratch } from '../support/cli.ts';

test('a curve by name: warmup as a share is rounded up, as transformers does', () => {
  const curve = readExpect('transformers:cosine lr=1e-5 warmup=7% total=100', '/');
  expect(curve).toHaveProperty('lrs.length', 100);
  // 100 × 0.07 is 7.000000000000001 in floating point, and rounds up to 8 there as well.
  const { lrs } = curve as { lrs: number[] };
  expect([lrs[1], lrs[8]]).toEqual([1e-5 * (1 / 8), 1e-5]);
});

test('the library’s own arguments are taken by name', () => {
  const curve = readExpect('deepspeed:WarmupLR lr=1e-3 total=4 warmup_num_steps=2 warmup_type=linear', '/');
  const params = { warmup_num_steps: 2, warmup_type: 'linear' };
  const spec = { lib: 'deepspeed', scheduler: 'WarmupLR', params, lr0: 1e-3 };
  expect(curve).toEqual({ lrs: [0, 0, 0.0005, 0.001], spec });
});

test('a file with one value per step, or one list per group', () => {
  const path = join(scratch(), 'curve.json');
  for (const content of [{ lrs: [1e-5, 2e-5] }, { groups: [[1], [2]] }]) {
    writeFileSync(path, JSON.stringify(content));
    expect(readExpect(`@${path}`, '/')).toEqual(content);
  }
});

test.each([
  'cosine',
  'transformers:cosine lr=1e-5',
  'transformers:cosine lr=-1 total=10',
  'transformers:cosine lr=1e-5 total=1.5',
  'transformers:cosine lr=1e-5 total=10 warmup=much',
  'transformers:cosin lr=1e-5 total=10',
  'deepspeed:WarmupLR lr=1e-5 total=10 warmup=1%',
  '@/no/such/file.json',
])('refuses %s with exit 2', (text) => {
  let caught: unknown;
  try {
    readExpect(text, '/');
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(RampcheckError);
  expect((caught as RampcheckError).exitCode).toBe(2);
});
