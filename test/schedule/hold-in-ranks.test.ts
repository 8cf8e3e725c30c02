import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HoldContext, holdSteps } from '../../src/schedule/hold.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import { root } from '../support/cli.ts';

/** N is computed in every rank (hold.py), and here for `plan` (hold.ts): the same rule, from the same values. */
const RUNS = 1500;
/** SEED repeats a run of this test. */
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

interface Asked extends HoldContext {
  values: number[];
}

const lr = fc.constantFrom(0, 1e-5, 2e-5, 1e-3, 1 / 3);
/** Pieces of straight lines and plateaus, with a jump here and there: shapes that no library has. */
const pieces = fc
  .array(fc.record({ length: fc.integer({ min: 1, max: 30 }), from: lr, to: lr }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((all) =>
    all.flatMap(({ length, from, to }) =>
      Array.from({ length }, (_, step) => from + ((to - from) * step) / length),
    ),
  );
const schedules: [string, Record<string, unknown>][] = [
  ['cosine', {}],
  ['linear', {}],
  ['constant', {}],
  ['constant_with_warmup', {}],
  ['inverse_sqrt', {}],
  ['warmup_stable_decay', { num_stable_steps: 40, num_decay_steps: 20 }],
  ['cosine_with_restarts', { num_cycles: 3 }],
];
/** Up to 9,000 steps: past the first 2,048, which are looked at one by one. */
const library = fc
  .record({
    schedule: fc.constantFrom(...schedules),
    total: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2000, max: 9000 })),
    warmup: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1900, max: 2600 })),
  })
  .map(({ schedule: [scheduler, more], total, warmup }) => {
    const span = scheduler === 'constant' ? {} : { num_warmup_steps: warmup };
    const end =
      scheduler.startsWith('constant') || scheduler === 'inverse_sqrt' ? {} : { num_training_steps: total };
    const at = libraryCurve({
      lib: 'transformers',
      scheduler,
      params: { ...span, ...end, ...more },
      lr0: 1e-5,
    });
    return Array.from({ length: total }, (_, step) => at(step));
  });
const asked: fc.Arbitrary<Asked> = fc.record({
  values: fc.oneof({ weight: 3, arbitrary: pieces }, { weight: 1, arbitrary: library }),
  projection: fc.boolean(),
  worldSize: fc.constantFrom(1, 2, 8, 64),
  accumulation: fc.constantFrom(1, 2, 16),
  updatesPerEpoch: fc.constantFrom(1, 7, 100),
});

const PYTHON = `
import json, sys
sys.path.insert(0, sys.argv[1])
from rampcheck_callback.hold import hold_steps
for line in sys.stdin:
    a = json.loads(line)
    values = a["values"]
    print(json.dumps(hold_steps(values.__getitem__, len(values), a["projection"], a["worldSize"], a["accumulation"], a["updatesPerEpoch"])))
`;

test(`${RUNS} random curves are held for the same steps, for the same reason (seed ${seed})`, {
  timeout: 120_000,
}, async () => {
  const cases = fc.sample(asked, { seed, numRuns: RUNS });
  const { stdout } = await execa('python3', ['-c', PYTHON, join(root, 'src', 'node', 'inject')], {
    input: cases.map((one) => `${JSON.stringify(one)}\n`).join(''),
    maxBuffer: 1e8,
  });
  const inRanks = stdout.split('\n').map((line) => JSON.parse(line) as [number, string]);
  const here = cases.map(({ values, ...context }) => {
    const { steps, mode } = holdSteps((step) => values[step] as number, values.length, context);
    return [steps, mode];
  });
  expect(inRanks).toHaveLength(RUNS);
  const differing = [...cases.keys()].filter(
    (at) => JSON.stringify(inRanks[at]) !== JSON.stringify(here[at]),
  );
  const [at] = differing.sort((a, b) => (cases[a]?.values.length ?? 0) - (cases[b]?.values.length ?? 0));
  if (at !== undefined) expect(inRanks[at], JSON.stringify(cases[at])).toEqual(here[at]);
  for (const [index, { values }] of cases.entries())
    expect(here[index]?.[0]).toBeLessThanOrEqual(values.length);
  expect(new Set(here.map(([, mode]) => mode)).size).toBeGreaterThan(8);
});

test('a million steps are looked at in a few thousand places, in both languages', async () => {
  const count = `
import sys
sys.path.insert(0, sys.argv[1])
from rampcheck_callback.hold import hold_steps
asked = 0
def at(step):
    global asked
    asked += 1
    return 1e-5 if step < 700_000 else 1e-5 * (1_000_000 - step) / 300_000
print(hold_steps(at, 1_000_000, False, 64, 8)[0], asked)
`;
  const { stdout } = await execa('python3', ['-c', count, join(root, 'src', 'node', 'inject')]);
  let calls = 0;
  const at = (step: number) => {
    calls++;
    return step < 700_000 ? 1e-5 : (1e-5 * (1_000_000 - step)) / 300_000;
  };
  const { steps } = holdSteps(at, 1_000_000, { projection: false, worldSize: 64, accumulation: 8 });
  expect(stdout).toBe(`${steps} ${calls}`);
  // The decay is found to the step, although one in 488 is looked at there.
  expect(steps).toBeGreaterThan(700_000);
  expect(steps).toBeLessThan(700_010);
  expect(calls).toBeLessThan(50_000);
});
