import { expect, test } from 'vitest';
import { curve } from '../../src/schedule/index.ts';
import { goldens } from './golden.ts';

test.each(goldens())('$file', (golden) => {
  const values = () => golden.steps.map(curve(golden));
  if (golden.error) {
    expect(values).toThrow();
    return;
  }
  const peak = Math.max(...golden.lrs.map(Math.abs));
  const worst = Math.max(...values().map((lr, i) => Math.abs(lr - (golden.lrs[i] ?? Number.NaN))));
  expect(worst).toBeLessThanOrEqual(1e-12 * peak);
});
