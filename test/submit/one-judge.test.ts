import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { runAsBatchJob } from '../corpus/batch-job.ts';
import { fixtures, readJson, runCli, scratch, trainingEnv } from '../support/cli.ts';

/** One command, launched and as a batch job, with the real torchrun and torch: a batch run means what a launched run means. */
const plain = join(fixtures, 'loops', 'plain.py');
const torchrun = ['torchrun', '--nproc-per-node', '1', plain];
const expected = (total: number) => ['--expect', `transformers:linear lr=1e-3 warmup=2 total=${total}`];
const DEADLINE_MS = 120_000;

async function both(options: readonly string[], command: readonly string[]) {
  const [here, there] = [scratch(), scratch()];
  const all = ['--nodes', '1', ...options];
  const launched = await runCli(['launch', '--run-dir', join(here, 'run'), ...all, '--', ...command], {
    cwd: here,
    env: trainingEnv(),
  });
  const submitted = await runAsBatchJob(there, trainingEnv(), all, command, DEADLINE_MS);
  return {
    launched: { exitCode: launched.exitCode, verdict: readJson<Verdict>(join(here, 'run', 'verdict.json')) },
    submitted: { exitCode: submitted.exitCode, verdict: submitted.verdict },
    output: `${launched.all}\n${submitted.output}`,
  };
}

test.for<[string, string[], string[], number, Record<string, unknown>]>([
  [
    'a LambdaLR that is made for 400 steps, where --expect says 100',
    expected(100),
    ['--total', '100', '--made-for', '400'],
    93,
    { outcome: 'aborted', detected: { by: 'projection', step: 2 }, diagnosis: { id: 'total-other' } },
  ],
  [
    'the same, and the user wants to go on',
    [...expected(20), '--on-mismatch', 'warn'],
    ['--total', '20', '--made-for', '80'],
    0,
    { outcome: 'violated', violated_from: 3 },
  ],
  [
    'the same without a projection',
    [...expected(20), '--no-projection'],
    ['--total', '20', '--made-for', '80'],
    93,
    { outcome: 'aborted', detected: { by: 'observation', step: 3 } },
  ],
  [
    'a training that ends before its hold',
    [...expected(20), '--hold-steps', '10'],
    ['--total', '5', '--made-for', '20'],
    94,
    { outcome: 'unverified', hold_steps: 10, steps_seen: 5 },
  ],
  [
    'a training without a declared schedule',
    [],
    ['--total', '5'],
    94,
    { outcome: 'unverified', steps_seen: 0 },
  ],
])(
  '%s: the same verdict and exit code',
  { timeout: 2 * DEADLINE_MS },
  async ([, options, words, code, verdict]) => {
    const { launched, submitted, output } = await both(options, [...torchrun, ...words]);
    expect([launched.exitCode, submitted.exitCode], output).toEqual([code, code]);
    expect(launched.verdict).toMatchObject(verdict);
    expect(submitted.verdict).toMatchObject({ ...verdict, message: launched.verdict.message });
  },
);
