import { expect, test } from 'vitest';
import { grouped, plural } from '../src/plural.ts';

test.each([
  [0, 'rank', '0 ranks'],
  [1, 'rank', '1 rank'],
  [0.5, 'epoch', '0.5 epochs'],
  [1, 'epoch', '1 epoch'],
  [3, 'epoch', '3 epochs'],
  [2, 'process', '2 processes'],
  [2, 'batch', '2 batches'],
  [1, 'optimizer step', '1 optimizer step'],
  [100_000, 'step', '100,000 steps'],
])('%d %s: %s', (count, noun, words) => {
  expect(plural(count, noun)).toBe(words);
});

test.each([
  [999, '999'],
  [1173, '1,173'],
  [1_234_567.25, '1,234,567.25'],
])('%d is written as %s', (value, words) => {
  expect(grouped(value)).toBe(words);
});
