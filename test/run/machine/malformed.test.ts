import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folder, type Happening, type Played, play, type Sequence } from './sequence.ts';

const RUNS = 3000;
/** SEED repeats a run of this test. */
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

const defaults = JSON.parse(readFileSync(join(folder, 'defaults.json'), 'utf8')) as Record<string, object>;
const types = Object.keys(defaults).filter((type) => !type.startsWith('agent '));
const anything = fc.oneof(
  fc.constantFrom(null, true, -1, 0, 2, 1.5, '', 'some', [], {}, [null], [[]], [1, 'x'], { step: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);
/** One event of a rank with one of its fields, or one that is usually not there, made into anything. */
const broken: fc.Arbitrary<Happening> = fc
  .constantFrom(...types)
  .chain((type) =>
    fc.tuple(
      fc.constant(type),
      fc.constantFrom(...Object.keys(defaults[type] ?? {}), 'optimizer', 'time', 'trainings'),
      anything,
    ),
  )
  // Python never writes a number as null; NaN is a valid rate, and among the random runs.
  .map(([type, field, value]) => [
    0,
    0,
    type,
    { [field]: JSON.parse(JSON.stringify(value).replaceAll('null', '"none"')) },
  ]);
const sequences: fc.Arbitrary<Sequence> = fc.tuple(broken, fc.boolean()).map(([event, released]) => ({
  name: 'broken',
  nodes: ['a'],
  settings: { on_mismatch: 'abort', expect: 0 },
  events: [
    [0, 0, 'hello', { world_size: 1 }],
    ...(released ? ([[0, 0, 'proven', {}]] as Happening[]) : []),
    event,
  ],
}));

test(`${RUNS} events that no callback sends end a held run, or are a warning; no machine fails (seed ${seed})`, {
  timeout: 120_000,
}, async () => {
  const runs = fc.sample(sequences, { seed, numRuns: RUNS });
  const python = execa('python3', [join(folder, 'play.py')], {
    input: runs.map((run) => `${JSON.stringify(run)}\n`).join(''),
    maxBuffer: 1e9,
    reject: false,
  });
  const here = runs.map(play);
  const { stdout, stderr } = await python;
  expect(stderr).toBe(`played ${RUNS}`);
  const there = stdout.split('\n').map((line) => JSON.parse(line) as Played);
  expect([here.length, there.length]).toEqual([RUNS, RUNS]);
  const told = ({ actions, verdict }: Played) => ({
    actions,
    ends: `${verdict.outcome} ${verdict.exit_code}`,
    root: verdict.root_cause?.error,
    warnings: verdict.warnings,
  });
  for (const [at, run] of runs.entries())
    expect(there[at] && told(there[at]), JSON.stringify(run.events.at(-1))).toEqual(told(here[at] as Played));
});
