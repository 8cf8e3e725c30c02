import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ratesOf, readLastRates, readRates, type UsedRate } from '../../src/run-folder/rates.ts';
import type { RunStatus } from '../../src/run-folder/status.ts';
import { fixtures, root, runCli, scratch, startCli, trainingEnv, until } from '../support/cli.ts';

const expects = [
  '--expect=transformers:linear lr=1e-4 warmup=2 total=8',
  '--expect=transformers:linear lr=4e-4 warmup=2 total=16',
];
const loop = ['torchrun', '--nproc-per-node', '1', join(fixtures, 'loops', 'pair.py')];

test('two optimizers, one of them with two groups, are told apart', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const [run, go] = [join(directory, 'run'), join(directory, 'go')];
  const env = trainingEnv();
  const { child } = startCli(['launch', '--run-dir', run, ...expects, '--', ...loop, '--wait', go], { env });
  await until('the fifth update of both', () => readLastRates(run).some(({ step }) => step === 9));
  const [text, json] = await Promise.all([runCli(['status', run]), runCli(['status', '--json', run])]);

  const { lr, step } = JSON.parse(json.stdout) as RunStatus;
  expect(step).toBe(5);
  expect(lr.map(({ optimizer, group, step: at }) => [optimizer, group, at])).toEqual([
    [0, 0, 4],
    [1, 0, 9],
    [1, 1, 9],
  ]);
  expect(lr.map(({ lr: used, expected }) => used / (expected ?? Number.NaN))).toEqual([1, 1, 1]);
  expect(text.stdout).toContain('used LR    6.67e-5, expected 6.67e-5 (optimizer 1)');
  expect(text.stdout).toContain('2e-4, expected 2e-4 (optimizer 2, group 0, step 9)');
  expect(text.stdout).toContain('2e-5, expected 2e-5 (optimizer 2, group 1, step 9)');

  writeFileSync(go, '');
  expect((await child).exitCode).toBe(0);
  const rates = [...readRates(run)];
  for (const [optimizer, group, peak, steps] of [
    [0, 0, 1e-4, 8],
    [1, 0, 4e-4, 16],
    [1, 1, 4e-5, 16],
  ] as const) {
    const own = rates.filter((rate) => rate.optimizer === optimizer && rate.group === group);
    expect(own.map(({ step: at }) => at)).toEqual(own.map((_, at) => at));
    expect(own).toHaveLength(steps);
    expect(Math.max(...own.map(({ lr: used }) => used))).toBe(peak);
  }

  // One line for each: what each has used goes up once and down once.
  const { stdout } = await runCli(['report', run]);
  const page = readFileSync(stdout.trim(), 'utf8');
  const lines = [...page.matchAll(/<path class="line observed(?: hue-\d)?" d="([^"]*)"/g)];
  expect(lines).toHaveLength(3);
  for (const [, path = ''] of lines) {
    const heights = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    const turns = heights.slice(2).filter((y, at) => {
      const [before = 0, here = 0] = heights.slice(at, at + 2);
      return Math.sign(here - before) !== Math.sign(y - here);
    });
    expect(turns).toHaveLength(1);
  }
  expect(page.match(/<path class="line expected/g)).toHaveLength(3);
  for (const name of ['optimizer 1', 'optimizer 2, group 0', 'optimizer 2, group 1'])
    expect(page).toContain(`used by rank 0 (${name})`);
});

test('launcher and batch coordinator write the same lines', async () => {
  const events = [
    { optimizer: 0, step: 0, lrs: [1e-5], expected: [1e-5] },
    { optimizer: 1, step: 7, lrs: [1e-4, 1e-5], expected: null },
    { optimizer: 2, step: 1_000_000, lrs: [0.1 + 0.2, 5e-324], expected: [0.3, 0] },
  ].map((event) => ({ type: 'step' as const, rank: 0, ...event }));
  const directory = scratch();
  const program = [
    'import json, sys',
    'sys.path.insert(0, sys.argv[1])',
    'from rampcheck_node.run_folder import RunFolder',
    'folder = RunFolder(sys.argv[2])',
    '[folder.rates(event) for event in json.loads(sys.argv[3])]',
  ].join('\n');
  const words = [join(root, 'src', 'node'), directory, JSON.stringify(events)];
  await execa('python3', ['-I', '-c', program, ...words]);
  const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line) as UsedRate);
  const launched = events.flatMap((event) => ratesOf({ type: 'rank', event }));
  expect([...readRates(directory)]).toEqual(parsed(launched));
});
