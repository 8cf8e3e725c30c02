import { execa } from 'execa';
import fc from 'fast-check';
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

test('Python writes the same', async () => {
  const exponent = fc.integer({ min: -320, max: 300 });
  const any = fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), exponent).map(([a, e]) => a * 10 ** e);
  // Halves of a last digit, which the languages round differently by themselves.
  const tie = fc.integer({ min: 1000, max: 99_999 }).map((n) => n / 1024);
  const pairs = fc.sample(
    fc.tuple(fc.oneof(any, tie), fc.constantFrom(1, 1 + 1e-4, 1 + 1e-12, 1 + 2 ** -52, 2)),
    {
      numRuns: 3000,
      seed: 7,
    },
  );
  const rates = pairs.map(([lr, factor]): [number, number] => [lr, lr * factor]);
  const program = [
    'import json, sys',
    'sys.path.insert(0, sys.argv[1])',
    'from rampcheck_node.rate import exact, rates, with_digits',
    'print(json.dumps([[*rates(a, b), with_digits(a, 3), exact(a)] for a, b in json.load(sys.stdin)]))',
  ].join('\n');
  const node = new URL('../src/node', import.meta.url).pathname;
  const { stdout } = await execa('python3', ['-I', '-c', program, node], { input: JSON.stringify(rates) });
  expect(JSON.parse(stdout)).toEqual(
    rates.map(([a, b]) => [...formatRates(a, b), formatRate(a), exactRate(a)]),
  );
});
