import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import {
  fixtures,
  readJson,
  readLines,
  root,
  runCli,
  scratch,
  startCli,
  trainingEnv,
  until,
} from '../support/cli.ts';

/** Loops without a Trainer, through the real command line, launchers and libraries. */
const loop = (name: string) => join(fixtures, 'loops', name);
const linear = (total: number) => ['--expect', `transformers:linear lr=1e-3 warmup=2 total=${total}`];
const torchrun = (ranks: number, ...words: string[]) => [
  'torchrun',
  '--nproc-per-node',
  `${ranks}`,
  ...words,
];

function launch(directory: string, command: string[], options: string[] = [], nodes = 1): string[] {
  const run = join(directory, 'run');
  return ['launch', '--nodes', `${nodes}`, '--run-dir', run, ...options, '--', ...command];
}

const verdictOf = (directory: string) => readJson<Verdict>(join(directory, 'run', 'verdict.json'));

interface RankEvent {
  event?: { type: string; rank: number; step: number; by: string; steps_per_update?: number };
}

const eventsOf = (directory: string, type: string) =>
  readLines<RankEvent>(join(directory, 'run', 'events.jsonl'))
    .map(({ event }) => event)
    .filter((event) => event?.type === type);

async function play(command: string[], options: string[] = [], nodes = 1) {
  const directory = scratch();
  const result = await runCli(launch(directory, command, options, nodes), { env: trainingEnv() });
  expect(result.left).toEqual([]);
  return { directory, result, verdict: verdictOf(directory) };
}

test('a plain torch loop on two nodes follows --expect: released', { timeout: 120_000 }, async () => {
  const { directory, result, verdict } = await play(torchrun(1, loop('plain.py')), linear(8), 2);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', detected: null, ranks: { total: 2, agreeing: 2 } });
  expect(readLines(join(directory, 'run', 'lr.jsonl'))).toHaveLength(8);
});

test('a module instead of a script', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const command = torchrun(1, '-m', 'plain');
  const result = await runCli(launch(directory, command, linear(8)), {
    cwd: join(fixtures, 'loops'),
    env: trainingEnv(),
  });
  expect(result.exitCode, result.all).toBe(0);
  expect(verdictOf(directory)).toMatchObject({ outcome: 'released', ranks: { total: 1, agreeing: 1 } });
});

test('a loop of which nothing is said: 94 before its first update, and how to say it', {
  timeout: 120_000,
}, async () => {
  const { result, verdict } = await play(torchrun(1, loop('plain.py')));
  expect(result.exitCode, result.all).toBe(94);
  expect(verdict).toMatchObject({ outcome: 'unverified', steps_seen: 0 });
  expect(result.stdout.replace(/\s+/g, ' ')).toContain(
    'no schedule is declared for the optimizer AdamW: add --expect',
  );
});

test('four ranks on two nodes find the same fault before the same step', { timeout: 120_000 }, async () => {
  const { directory, result, verdict } = await play(
    torchrun(2, loop('plain.py'), '--total', '40', '--made-for', '20'),
    linear(40),
    2,
  );
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({
    outcome: 'aborted',
    detected: { by: 'projection', step: 2 },
    first_difference: { step: 3 },
    ranks: { total: 4, agreeing: 4 },
  });
  const found = eventsOf(directory, 'violation');
  expect(found.map((event) => event?.rank).sort()).toEqual([0, 1, 2, 3]);
  expect(new Set(found.map((event) => `${event?.by} ${event?.step}`))).toEqual(new Set(['projection 2']));
});

test('a scheduler that differs on one rank alone is found there, and its node is named', {
  timeout: 120_000,
}, async () => {
  const { result, verdict } = await play(
    torchrun(1, loop('plain.py'), '--total', '40', '--made-for', '20', '--only-rank', '1'),
    linear(40),
    2,
  );
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({
    first_difference: { rank: 1, node: 'local-2' },
    ranks: { total: 2, agreeing: 1 },
  });
});

test('arguments that differ on one node are found before the first step, and the nodes are named', {
  timeout: 120_000,
}, async () => {
  const directory = scratch();
  const words = ['--output_dir', join(directory, 'out'), '--use_cpu', 'True', '--report_to', 'none'];
  const command = torchrun(1, join(fixtures, 'training', 'other_config.py'), ...words);
  const result = await runCli(launch(directory, command, [], 2), { env: trainingEnv() });
  expect(result.exitCode, result.all).toBe(93);
  const verdict = verdictOf(directory);
  expect(verdict).toMatchObject({ outcome: 'aborted', diagnosis: { id: 'ranks-differ' } });
  expect(verdict.message).toContain('num_warmup_steps');
  expect(verdict.message).toContain('rank 1 on local-2');
  expect(result.left).toEqual([]);
});

test('accelerate steps a prepared scheduler once per process: known before the first update', {
  timeout: 120_000,
}, async () => {
  const { directory, result, verdict } = await play(torchrun(2, loop('accelerated.py'), '8'), [
    '--expect',
    'transformers:linear lr=1e-3 total=8',
  ]);
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({ detected: { by: 'projection', step: 0 }, first_difference: { step: 1 } });
  expect(eventsOf(directory, 'projected')[0]?.steps_per_update).toBe(2);
});

test('the same loop with a scheduler made for all processes is released', { timeout: 120_000 }, async () => {
  const { result, verdict } = await play(torchrun(2, loop('accelerated.py'), '16'), [
    '--expect',
    'transformers:linear lr=1e-3 total=8',
  ]);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', detected: null, steps_seen: 8 });
});

test('deepspeed.initialize with a scheduler in its config needs no --expect', {
  timeout: 180_000,
}, async () => {
  const { result, verdict } = await play(['deepspeed', '--num_gpus', '2', loop('engine.py')]);
  expect(result.exitCode, result.all).toBe(0);
  expect(verdict).toMatchObject({ outcome: 'released', ranks: { total: 2, agreeing: 2 }, steps_seen: 10 });
});

test('the same with a loop that steps the scheduler too: found at the second update', {
  timeout: 180_000,
}, async () => {
  const { result, verdict } = await play(['deepspeed', '--num_gpus', '1', loop('engine.py'), '--twice']);
  expect(result.exitCode, result.all).toBe(93);
  expect(verdict).toMatchObject({ detected: { by: 'observation', step: 1 } });
});

test('a rank that cannot be reached (python -I) ends the run within the stated time', {
  timeout: 120_000,
}, async () => {
  const python = join(root, '.venv', 'bin', 'python');
  const command = torchrun(1, '--no-python', python, '-I', loop('plain.py'), '--wait', '/nowhere');
  const { result, verdict } = await play(command, [...linear(8), '--report-timeout', '8']);
  expect(result.exitCode, result.all).toBe(94);
  expect(verdict.message).toMatch(
    /no rank reported, and nothing new for 8 s: Python that is started with -I/,
  );
});

test.for(['warn', 'abort', 'off'])(
  'a difference after the release: %s',
  { timeout: 120_000 },
  async (action) => {
    const directory = scratch();
    const go = join(directory, 'go');
    const command = torchrun(1, loop('plain.py'), '--total', '12', '--wait', go, '--wreck');
    const options = [...linear(12), '--after-release', action];
    const { child, processes } = startCli(launch(directory, command, options), { env: trainingEnv() });
    const path = join(directory, 'run', 'verdict.json');
    await until('the run is released', () => existsSync(path) && verdictOf(directory).outcome === 'released');
    writeFileSync(go, '');
    const { exitCode, all } = await child;
    expect(exitCode, all).toBe(action === 'abort' ? 93 : 0);
    const verdict = verdictOf(directory);
    expect(verdict.outcome).toBe({ abort: 'aborted', warn: 'violated', off: 'released' }[action]);
    expect(verdict.detected).toEqual(action === 'off' ? null : { by: 'observation', step: 5 });
    expect(verdict.warnings.join(' ')).toMatch(
      action === 'warn' ? /rank 0 on local-1 uses .* from optimizer step 5 on/ : /^$/,
    );
    expect(all.includes('trained to the end')).toBe(action !== 'abort');
    expect(processes()).toEqual([]);
  },
);
