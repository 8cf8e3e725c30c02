import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, runCli, scratch, startCli, trainingEnv, until } from '../support/cli.ts';

/** A training that goes on although its learning rate has left the curve is never said to follow the schedule. */
const plain = join(fixtures, 'loops', 'plain.py');
const total = ['--expect', 'transformers:linear lr=1e-3 warmup=2 total=12'];

function launch(directory: string, options: string[], words: string[]): string[] {
  const run = ['--nodes', '1', '--run-dir', join(directory, 'run')];
  const command = ['torchrun', '--nproc-per-node', '2', plain, '--total', '12', ...words];
  return ['launch', ...run, ...total, ...options, '--', ...command];
}

const verdictOf = (directory: string) => readJson<Verdict>(join(directory, 'run', 'verdict.json'));

/** Everything that says how the run stands, in 80 columns. */
async function said(directory: string) {
  const run = join(directory, 'run');
  const env = { COLUMNS: '80' };
  const page = join(directory, 'report.html');
  const status = await runCli(['status', run], { env });
  const ps = await runCli(['ps', '--all'], { env });
  const json = await runCli(['status', '--json', run], { env });
  await runCli(['report', run, '--output', page], { env });
  return {
    status: status.stdout,
    ps: ps.stdout,
    json: JSON.parse(json.stdout) as { verdict: Verdict; ranks: Verdict['ranks'] },
    page: readFileSync(page, 'utf8'),
  };
}

function expectViolated(verdict: Verdict, step: number) {
  const message = `the learning rate leaves the expected curve from optimizer step ${step} on; the training has finished`;
  expect(verdict).toMatchObject({
    outcome: 'violated',
    state: 'finished',
    exit_code: 0,
    message,
    violated_from: step,
    detected: { by: 'observation', step },
    first_difference: { step, group: 0 },
    ranks: { total: 2, agreeing: 2 },
  });
}

test('--on-mismatch warn: the curve is left while the run is held', { timeout: 200_000 }, async () => {
  const directory = scratch();
  const result = await runCli(launch(directory, ['--on-mismatch', 'warn'], ['--halve-at', '1']), {
    env: { ...trainingEnv(), COLUMNS: '80' },
  });
  expect(result.exitCode, result.all).toBe(0);
  expect(result.all).toContain('trained to the end');
  expect(result.all).not.toContain('follows the schedule');
  expect(result.all).toContain(
    'VIOLATED the learning rate leaves the expected curve from optimizer step 1 on',
  );
  const screen = result.all.slice(result.all.indexOf('VIOLATED')).trimEnd().split('\n');
  expect(screen.at(-1)).toBe('  violated   from optimizer step 1 on');
  for (const line of screen) expect(line.length, line).toBeLessThanOrEqual(80);
  expectViolated(verdictOf(directory), 1);
  const { status, ps, json, page } = await said(directory);
  expect(status).toContain('violated: the learning rate leaves the expected curve from');
  expect(status).toContain('finished, violated');
  expect(status).toContain('2 found the difference');
  expect(ps).toContain('violated from 1');
  expect(json.ranks.agreeing).toBe(2);
  expect(page).toContain('<span class="badge warn">violated, finished</span>');
  expect(page).toContain('from optimizer step 1 on');
  for (const text of [status, ps, page]) expect(text).not.toContain('follows the schedule');
  // A word that is longer than a line is not broken: the paths of this test are.
  for (const line of `${status}\n${ps}`.split('\n'))
    if (!/\S{60}/.test(line)) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('after the release, by a schedule function that halves from step 8 on: steps 0 to 7 are not forgotten', {
  timeout: 200_000,
}, async () => {
  const directory = scratch();
  const go = join(directory, 'go');
  const words = ['--halve-at', '8', '--wait', go];
  // A projection would have shown it beforehand.
  const options = ['--no-projection', '--hold-steps', '3'];
  const { child, processes } = startCli(launch(directory, options, words), { env: trainingEnv() });
  const path = join(directory, 'run', 'verdict.json');
  await until('the run is released', () => existsSync(path) && verdictOf(directory).outcome === 'released');
  writeFileSync(go, '');
  const { exitCode, all } = await child;
  expect(exitCode, all).toBe(0);
  expectViolated(verdictOf(directory), 8);
  expect(verdictOf(directory).diagnosis).toMatchObject({ id: 'unexplained' });
  expect(processes()).toEqual([]);
});

test('after the release, written over behind the scheduler in one step: the verdict on disk says so while the training goes on', {
  timeout: 200_000,
}, async () => {
  const directory = scratch();
  const [go, on] = [join(directory, 'go'), join(directory, 'on')];
  const words = ['--wreck', '--wait', go, '--stay', on];
  const { child, processes } = startCli(launch(directory, ['--hold-steps', '3'], words), {
    env: trainingEnv(),
  });
  const path = join(directory, 'run', 'verdict.json');
  await until('the run is released', () => existsSync(path) && verdictOf(directory).outcome === 'released');
  writeFileSync(go, '');
  await until('it is violated', () => verdictOf(directory).outcome === 'violated');
  expect(verdictOf(directory)).toMatchObject({
    state: 'released',
    message: 'the learning rate leaves the expected curve from optimizer step 5 on; the training goes on',
    violated_from: 5,
    exit_code: 0,
  });
  const ps = await runCli(['ps'], { env: { COLUMNS: '80' } });
  expect(ps.stdout).toContain('violated from 5');
  writeFileSync(on, '');
  const { exitCode, all } = await child;
  expect(exitCode, all).toBe(0);
  expectViolated(verdictOf(directory), 5);
  expect(verdictOf(directory).diagnosis).toMatchObject({ id: 'overwritten' });
  expect(processes()).toEqual([]);
});
