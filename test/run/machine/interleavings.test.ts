import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folder, type Played, play } from './sequence.ts';
import { sequences } from './sequences.ts';

const RUNS = 5000;
/** SEED repeats a run of this test. */
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

test(`${RUNS} random runs end the same in both machines (seed ${seed})`, { timeout: 240_000 }, async () => {
  const runs = fc.sample(sequences, { seed, numRuns: RUNS });
  const python = execa('python3', [join(folder, 'play.py')], {
    input: runs.map((run) => `${JSON.stringify(run)}\n`).join(''),
    maxBuffer: 1e9,
  });
  const here = runs.map(play);
  const { stdout, stderr } = await python;
  const there = stdout.split('\n').map((line) => JSON.parse(line) as Played);
  expect(stderr).toBe(`played ${RUNS}`);
  expect([here.length, there.length]).toEqual([RUNS, RUNS]);

  // The shortest run that they disagree on says most.
  const differing = [...runs.keys()].filter((at) => !isDeepStrictEqual(here[at], there[at]));
  const [at] = differing.sort((a, b) => (runs[a]?.events.length ?? 0) - (runs[b]?.events.length ?? 0));
  if (at !== undefined) expect(there[at], JSON.stringify(runs[at])).toEqual(here[at]);

  // The runs are not all of one kind.
  const released = here.filter(({ actions }) => actions.some((action) => action.endsWith('release')));
  expect(released.length).toBeGreaterThan(RUNS / 5);
  const kinds = new Set(here.map(({ verdict }) => `${verdict.outcome} ${verdict.exit_code}`));
  const all = [
    'released 0',
    'released 1',
    'violated 0',
    'aborted 93',
    'unverified 1',
    'unverified 92',
    'unverified 94',
    'unverified 130',
  ];
  expect([...kinds]).toEqual(expect.arrayContaining(all));
});
