import { expect, test } from 'vitest';
import { chart } from '../../src/report/chart.ts';

const plain = { width: 60, height: 8, color: false, unicode: true };
const ramp = Array.from({ length: 100 }, (_, step) => (step < 10 ? step / 10 : 1 - (step - 10) / 90) * 1e-5);

test('draws a curve with its axes in optimizer steps and learning rates', () => {
  expect(
    `\n${chart([{ label: 'expected', values: ramp }], { ...plain, unicode: false })}`,
  ).toMatchInlineSnapshot(`
    "
       1e-5+     *****
           |    **    ******
     7.5e-6+    *           *******
           |   *                  *******
       5e-6+  **                        *******
     2.5e-6+  *                                ******
           | *                                       ******
          0+**                                             *****
           ++---------+----------+---------+---------+----------
            0        20         40        60     optimizer steps
    *** expected
    "
  `);
});

test('a short curve keeps every step', () => {
  expect(
    `\n${chart(
      [
        { label: 'expected', values: ramp.slice(0, 10) },
        { label: 'used', values: [] },
        { label: 'used', values: [0, 1e-6] },
      ],
      plain,
    )}`,
  ).toMatchInlineSnapshot(`
    "
        9e-6┤                                            ⢀⣀⠤⠤⠒⠒⠉
            │                                       ⣀⡠⠤⠒⠉⠁
     6.75e-6┤                               ⢀⣀⠤⠤⠒⠒⠉⠉
            │                         ⢀⣀⡠⠤⠒⠊⠁
      4.5e-6┤                   ⢀⡠⠤⠒⠊⠉⠁
     2.25e-6┤            ⢀⣀⡠⠤⠔⠒⠉⠁
            │      ⢀⣀⠤⠒⠊⠉⠁
           0┤●⠤⠤⠒⠒●⠁
            └┬──────────┬──────────┬──────────┬───────────┬─────
             0          2          4          6  optimizer steps
    ⠤⠤⠤ expected   ⠤⠀⠤ used    ●  used
    "
  `);
});

test.each([8, 12, 20, 40, 80, 200])('is never wider than %d columns', (width) => {
  for (const unicode of [true, false]) {
    const series = [
      { label: 'expected transformers:cosine', values: ramp },
      { label: 'projected', values: ramp.map((lr) => lr / 2) },
      { label: 'used', values: ramp.slice(0, 5) },
    ];
    const lines = chart(series, { ...plain, width, unicode }).split('\n');
    if (width >= 12) expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
    if (!unicode) expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
  }
});

test('a million steps are sampled down, peaks included', () => {
  const values = Array.from({ length: 1_000_000 }, (_, step) => (step === 654_321 ? 1e-3 : 1e-5));
  const drawn = chart([{ label: 'expected', values }], plain);
  expect(drawn).toContain(' 1e-3');
  expect(drawn.split('\n')[0]).toMatch(/[\u2801-\u28ff]/);
});

test('what is not finite leaves a gap', () => {
  const values = [1e-5, Number.NaN, null, Number.POSITIVE_INFINITY, 2e-5];
  expect(chart([{ label: 'used', values }], plain)).not.toMatch(/NaN|Infinity/);
  expect(chart([{ label: 'nothing', values: [] }], plain)).toContain('nothing');
  expect(chart([], plain)).toContain('optimizer steps');
});

test('colour is only added where it is asked for', () => {
  const series = [{ label: 'expected', values: ramp }];
  expect(chart(series, plain)).not.toContain('\u001b');
  const colored = chart(series, { ...plain, color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches the escape character
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(chart(series, plain));
});
