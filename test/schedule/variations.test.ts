import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { libraryCurve, libraryVariations } from '../../src/schedule/index.ts';
import type { Curve, CurveSpec } from '../../src/schedule/schedule.ts';
import { goldens } from './golden.ts';

const recorded = JSON.parse(
  readFileSync(new URL('../golden/other-families/recorded.json', import.meta.url), 'utf8'),
) as CurveSpec[];
const torch = (scheduler: string, params: Record<string, unknown>): CurveSpec => ({
  ...{ lib: 'torch', scheduler, params, lr0: 3e-4 },
});
const warmup = { scheduler: 'LinearLR', params: { start_factor: 0.01, total_iters: 7 } };
const more = [
  torch('CosineAnnealingWarmRestarts', { T_0: 5 }),
  torch('CosineAnnealingWarmRestarts', { T_0: 3, T_mult: 2, eta_min: 1e-6 }),
  torch('SequentialLR', {
    schedulers: [warmup, { scheduler: 'CosineAnnealingLR', params: { T_max: 33 } }],
    milestones: [7],
  }),
  torch('SequentialLR', {
    schedulers: [
      warmup,
      { scheduler: 'ConstantLR', params: { factor: 1 } },
      { scheduler: 'StepLR', params: { step_size: 4 } },
    ],
    milestones: [7, 20],
  }),
  torch('ChainedScheduler', {
    schedulers: [warmup, { scheduler: 'ExponentialLR', params: { gamma: 0.97 } }],
  }),
  torch('MultiplicativeLR', { lr_lambda: 0.98 }),
  torch('LambdaLR', { lr_lambda: Array.from({ length: 40 }, (_, at) => 1 / (at + 1)) }),
];

/** Its first 40 learning rates; `raises` from where the library does. */
function values(make: () => Curve): (number | 'raises')[] {
  return Array.from({ length: 40 }, (_, step) => {
    try {
      return make()(step);
    } catch {
      return 'raises';
    }
  });
}

const specs = [...goldens(), ...recorded, ...more];

test.each([...new Set(specs.map(({ lib, scheduler }) => `${lib}:${scheduler}`))])(
  '%s: a variation is the curve of the changed arguments, any step at once',
  (name) => {
    for (const spec of specs.filter(({ lib, scheduler }) => `${lib}:${scheduler}` === name)) {
      const numbers = Object.entries(spec.params).filter(([, value]) => typeof value === 'number');
      const changes = [{}, ...numbers.map(([key, value]) => ({ [key]: (value as number) + 1 }))];
      for (const change of changes) {
        const changed = { ...spec, params: { ...spec.params, ...change } };
        const whole = once(() => libraryCurve(changed));
        const wanted = values(whole);
        // A new curve for every step: none of them may need the step before.
        const got = values(() => libraryVariations(spec)(change));
        const peak = Math.max(0, ...wanted.map((lr) => (lr === 'raises' ? 0 : Math.abs(lr))));
        const about = JSON.stringify([changed.params, change]);
        for (const [step, lr] of wanted.entries()) {
          const other = got[step];
          if (lr === 'raises' || other === 'raises') expect(other, about).toBe(lr);
          else expect(Math.abs(Number(other) - lr), about).toBeLessThanOrEqual(1e-9 * peak);
        }
      }
    }
  },
);

function once(make: () => Curve): () => Curve {
  let made: Curve | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
