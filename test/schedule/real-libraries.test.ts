/** Random settings against the real libraries: every learning rate within 1e-12 of the peak, every refusal refused. */
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { RampcheckError } from '../../src/errors.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import type { Versions } from '../../src/schedule/schedule.ts';
import { type Oracle, startOracle } from './oracle.ts';
import { type Setting, settings } from './settings.ts';

/** Every run draws anew; RAMPCHECK_SEED repeats one, RAMPCHECK_RUNS makes it longer. */
const seed = Number(process.env.RAMPCHECK_SEED ?? Date.now() % 2 ** 31);
const scale = Number(process.env.RAMPCHECK_RUNS ?? 1);

let compared = 0;
const oracles = new Map<string, Oracle>();
afterAll(async () => {
  for (const oracle of oracles.values()) await oracle.stop();
});

const cases: readonly {
  of: keyof typeof settings;
  runs: number;
  in: 'newest' | 'tf4.57';
  versions: Versions;
}[] = [
  { of: 'transformers', runs: 1000, in: 'newest', versions: { transformers: '5.23.0' } },
  { of: 'transformers', runs: 1000, in: 'tf4.57', versions: { transformers: '4.57.6' } },
  { of: 'deepspeed', runs: 700, in: 'newest', versions: { deepspeed: '0.19.8' } },
  { of: 'torch', runs: 1000, in: 'newest', versions: { torch: '2.13.0' } },
  { of: 'accelerate', runs: 400, in: 'newest', versions: { accelerate: '1.15.0' } },
];

test.each(cases)(
  `$of, $runs settings in $in $versions (seed ${seed})`,
  { timeout: 300_000 },
  async (drawn) => {
    const oracle = oracles.get(drawn.in) ?? startOracle(drawn.in);
    oracles.set(drawn.in, oracle);
    const property = fc.asyncProperty(settings[drawn.of], async (setting) => {
      const real = await oracle.ask<{ lrs: number[] } | { error: string }>(setting);
      const mine = computed(setting, drawn.versions);
      if ('error' in real) {
        expect(mine, `the library refuses: ${real.error}`).toHaveProperty('refused');
        return;
      }
      if ('refused' in mine) {
        // What the library only raises further on in the run is refused here before it starts.
        const whole = await oracle.ask<{ error?: string }>({ ...setting, count: 250 });
        if (!whole.error) throw new Error(`refused, though the library accepts it: ${mine.refused}`);
        return;
      }
      compared += 1;
      const peak = Math.max(...real.lrs.map(Math.abs));
      for (const [step, lr] of real.lrs.entries()) {
        const off = Math.abs((mine.lrs[step] ?? Number.NaN) - lr);
        if (!(off <= 1e-12 * peak))
          throw new Error(`step ${step}: ${mine.lrs[step]} instead of ${lr}, ${off / peak} of the peak`);
      }
    });
    await fc.assert(property, { seed, numRuns: Math.round(drawn.runs * scale) });
  },
);

test('at least 3,000 of them were settings that the libraries accept', ({ skip }) => {
  if (scale < 1) skip('RAMPCHECK_RUNS asks for less');
  expect(compared).toBeGreaterThanOrEqual(3000);
});

function computed(setting: Setting, versions: Versions): { lrs: number[] } | { refused: string } {
  try {
    const lr = libraryCurve(setting, versions);
    return { lrs: Array.from({ length: setting.count }, (_, step) => lr(step)) };
  } catch (error) {
    if (error instanceof RampcheckError) return { refused: error.message };
    throw error;
  }
}
