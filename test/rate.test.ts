import { expect, test } from 'vitest';
import { exactRate, formatRate, formatRates } from '../src/rate.ts';

test.for<[number, string]>([
  [0, '0'],
  [-0, '0'],
  [1e-5, '1e-5'],
  [1.0e-4, '1e-4'],
  [1 / 6000, '1.67e-4'],
  [2.25e-4, '2.25e-4'],
  [1.99999e-5, '2e-5'],
  [-3.05e-9, '-3.05e-9'],
  [0.1 + 0.2, '3e-1'],
  [1, '1e0'],
  [12, '1.2e1'],
  [5e-324, '4.94e-324'],
  [1.125, '1.13e0'],
  [Number.NaN, 'NaN'],
])('%d reads %s', ([lr, text]) => {
  expect(formatRate(lr)).toBe(text);
});

test.for<[number, number, string, string]>([
  [1e-5, 2e-5, '1e-5', '2e-5'],
  [1e-5, 1.0001e-5, '1e-5', '1.0001e-5'],
  [3e-4, 3.0000000001e-4, '3e-4', '3.0000000001e-4'],
  [0.1 + 0.2, 0.3, '3.0000000000000004e-1', '3e-1'],
  [1e-5, 1e-5, '1e-5', '1e-5'],
  [0, 1e-300, '0', '1e-300'],
  [Number.NaN, 1e-5, 'NaN', '1e-5'],
])('%d beside %d', ([one, other, text, otherText]) => {
  expect(formatRates(one, other)).toEqual([text, otherText]);
});

test.for([1.2345e-5, 1 / 3, 5e-5, 0.00123456789, 1.0000000000000002e-6, 0])(
  'what is copied is %d again',
  (lr) => {
    expect(Number(exactRate(lr))).toBe(lr);
    expect(exactRate(lr)).not.toContain('+');
  },
);
