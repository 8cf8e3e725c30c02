import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, runCli, scratch, trainingEnv } from '../support/cli.ts';

/** Without a projection N steps are all that is proven: the hold must reach what no projection could show. */
const PEAK = 1e-3;
const shapes = {
  cosine: (total: number) => (step: number) =>
    step < 6 ? (PEAK * (step + 1)) / 7 : PEAK * 0.5 * (1 + Math.cos((Math.PI * (step - 6)) / (total - 6))),
  line: (total: number) => (step: number) => PEAK * (1 - step / total),
  stairs: (at: number) => (step: number) => (step < at ? PEAK : PEAK / 10),
};

/** Launches the loop on two nodes against the curve that it should follow over 40 updates. */
async function play(
  shape: keyof typeof shapes,
  right: number,
  { words = [], options = [] }: { words?: string[]; options?: string[] } = {},
) {
  const directory = scratch();
  const lrs = Array.from({ length: 40 }, (_, step) => shapes[shape](right)(step));
  writeFileSync(join(directory, 'curve.json'), JSON.stringify({ lrs }));
  const expected = ['--expect', `@${join(directory, 'curve.json')}`];
  const run = join(directory, 'run');
  const script = join(fixtures, 'loops', 'by_hand.py');
  const command = ['torchrun', '--nproc-per-node', '1', script, '--shape', shape, ...words];
  const result = await runCli(
    ['launch', '--nodes', '2', '--run-dir', run, ...expected, ...options, '--', ...command],
    { env: trainingEnv() },
  );
  expect(result.left).toEqual([]);
  return { result, verdict: readJson<Verdict>(join(run, 'verdict.json')) };
}

test('a loop that writes its own learning rate, and follows its curve: nothing is claimed of a projection', {
  timeout: 120_000,
}, async () => {
  const { result, verdict } = await play('cosine', 40);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', projection: 'none', hold_steps: 16 });
  expect(result.stdout.replace(/\s+/g, ' ')).toContain(
    'the first 16 optimizer steps and no more: no projection of the rest was made',
  );
  expect(result.all).toContain('no schedule could be projected');
});

test.for<[string, Parameters<typeof play>, { step: number }]>([
  [
    'a decay that is made for another length is found right behind the warmup',
    ['cosine', 40, { words: ['--made-for', '400'] }],
    { step: 7 },
  ],
  [
    'a straight line that is made for another length is found at its second step',
    ['line', 40, { words: ['--made-for', '80'] }],
    { step: 1 },
  ],
  [
    'a first stair that comes late is found where it should have been',
    ['stairs', 22, { words: ['--made-for', '30'] }],
    { step: 22 },
  ],
])('%s', { timeout: 120_000 }, async ([, given, first]) => {
  const { result, verdict } = await play(...given);
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({
    outcome: 'aborted',
    detected: { by: 'observation', ...first },
    first_difference: first,
    ranks: { total: 2, agreeing: 2 },
  });
});

test('a rank that follows its own data is found where it parts from the others, and is named', {
  timeout: 120_000,
}, async () => {
  const { result, verdict } = await play('line', 40, { words: ['--uneven-from', '8'] });
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({
    outcome: 'aborted',
    detected: { by: 'observation', step: 8 },
    first_difference: { step: 8, rank: 1, node: 'local-2' },
    ranks: { total: 2, agreeing: 1 },
  });
});
