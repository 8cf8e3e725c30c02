/**
 * Families whose library cannot be installed beside the others. recorded.json holds what the classes of the named
 * releases computed, each stepped 44 times on a torch optimizer, for settings drawn at random; some were refused.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { libraryCurve } from '../../src/schedule/index.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';

type Recorded = CurveSpec & { version: string } & ({ lrs: number[]; error?: undefined } | { error: string });

const recorded = JSON.parse(
  readFileSync(new URL('../golden/other-families/recorded.json', import.meta.url), 'utf8'),
) as Recorded[];
const schedules = [...new Set(recorded.map(({ lib, scheduler }) => `${lib}:${scheduler}`))];

test.each(schedules)('%s', (name) => {
  for (const real of recorded.filter(({ lib, scheduler }) => `${lib}:${scheduler}` === name)) {
    const values = () => Array.from({ length: 44 }, (_, step) => step).map(libraryCurve(real));
    const about = JSON.stringify({ version: real.version, params: real.params, lr0: real.lr0 });
    if (real.error !== undefined) {
      expect(values, `${about}: ${real.error}`).toThrow(expect.objectContaining({ exitCode: 2 }));
      continue;
    }
    const peak = Math.max(...real.lrs.map(Math.abs));
    const worst = Math.max(...values().map((lr, step) => Math.abs(lr - (real.lrs[step] ?? Number.NaN))));
    expect(worst, about).toBeLessThanOrEqual(1e-12 * peak);
  }
});
