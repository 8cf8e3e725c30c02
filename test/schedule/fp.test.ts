import { expect, test } from 'vitest';
import { cos, modulo, roundHalfEven } from '../../src/schedule/fp.ts';

/** cos(x) to the last bit, from 200-bit arithmetic; V8's Math.cos is one ulp off on each. */
const exact: readonly [number, number][] = [
  [0, 1],
  [Math.PI, -1],
  [Math.PI / 2, 6.123233995736766e-17],
  [1, 0.5403023058681398],
];

test.each(exact)('cos(%d)', (x, expected) => {
  expect(cos(x)).toBe(expected);
  expect(cos(-x)).toBe(expected);
});

test('cos stays within an ulp of V8 over forty turns, and far out is V8', () => {
  for (let i = 0; i < 20_000; i++) {
    const x = (i / 20_000) * 250;
    expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThanOrEqual(2 ** -53);
  }
  expect(cos(1e12)).toBe(Math.cos(1e12));
  expect(cos(Number.NaN)).toBeNaN();
});

test.each([
  [12.5, 12],
  [13.5, 14],
  [0.5, 0],
  [-0.5, 0],
  [-1.5, -2],
  [2.4, 2],
  [2.6, 3],
])('round(%d) is %d, as in Python', (x, expected) => {
  expect(roundHalfEven(x) + 0).toBe(expected);
});

test.each([
  [7, 3, 1],
  [-7, 3, 2],
  [7, -3, -2],
  [6, 3, 0],
])('%d %% %d is %d, as in Python', (a, b, expected) => {
  expect(modulo(a, b)).toBe(expected);
});
