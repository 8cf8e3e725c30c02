import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { files } from '../../src/contract/contract.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import { readJson, readLines, scratch, until } from '../support/cli.ts';
import { processesOf } from '../support/processes.ts';
import { bundleOf } from './bundle-run.ts';

test('a run that follows its schedule is released, and finishes with 0 on every node', async () => {
  const { tasks, directory, verdict } = bundleOf(['--max_steps', '20']);
  const ends = await Promise.all(tasks());
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(ends[0]?.stdout).toContain('rank 0 of 4 meets at');
  expect(verdict()).toMatchObject({
    outcome: 'released',
    state: 'finished',
    exit_code: 0,
    ranks: { total: 4, agreeing: 4 },
    hold_steps: 2,
    steps_seen: 20,
    max_deviation: 0,
  });
  expect(readLines(join(directory, 'lr.jsonl'))).toHaveLength(20);
  expect(readFileSync(join(directory, 'logs', 'node-2-3.log'), 'utf8')).toContain('rank 3 has finished');
});

test('a violation stops every rank on every node: 93 on the first, 0 on the others', async () => {
  const { tasks, verdict } = bundleOf(['--wrong']);
  const ends = await Promise.all(tasks());
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([93, 0]);
  const found = verdict();
  expect(found).toMatchObject({
    outcome: 'aborted',
    exit_code: 93,
    detected: { by: 'projection', step: 0 },
    ranks: { total: 4, agreeing: 4 },
  });
  expect(found.nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
  expect(found.seconds_to_stop).toBeLessThan(5);
});

test('a rank that dies at exit after its last step: the training is complete', async () => {
  const { tasks, verdict } = bundleOf(['--abort_at_exit', '3']);
  const ends = await Promise.all(tasks());
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(verdict()).toMatchObject({ outcome: 'released', state: 'finished', exit_code: 0, root_cause: null });
  expect(verdict().warnings).toEqual([
    'rank 3 on node-2 finished its 20 optimizer steps and died at exit with SIGABRT',
  ]);
  expect(verdict().nodes.map(({ launcher_exit }) => launcher_exit)[1]).not.toBe(0);
});

test('a run that leaves its curve after the release: violated on every node, exit 0, and its output says so', async () => {
  const { tasks, directory, verdict } = bundleOf(['--leave_at', '8']);
  const ends = await Promise.all(tasks());
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const words =
    'the learning rate leaves the expected curve from optimizer step 8 on; the training has finished';
  expect(verdict()).toMatchObject({
    outcome: 'violated',
    state: 'finished',
    exit_code: 0,
    message: words,
    violated_from: 8,
    detected: { by: 'observation', step: 8 },
    ranks: { total: 4, agreeing: 4 },
  });
  expect(ends[0]?.stdout.trimEnd().split('\n').at(-1)).toBe(`rampcheck: violated: ${words}`);
  expect(readFileSync(join(directory, 'verdict.json'), 'utf8')).not.toContain('follows the schedule');
});

test('a rank that never reports ends the run after --report-timeout, and is named', async () => {
  const { tasks, directory } = bundleOf(['--silent_rank', '3'], { reportTimeout: 10 });
  const ends = await Promise.all(tasks());
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([94, 0]);
  const verdict = readJson<Verdict>(join(directory, 'verdict.json'));
  expect(verdict).toMatchObject({ outcome: 'unverified', exit_code: 94 });
  expect(verdict.message).toContain('rank 3 of 4 never reported, and nothing new for 10 s');
});

test('a node that dies while the run is held takes the others with it: 92', async () => {
  const { tasks, directory, run, verdict } = bundleOf(['--hold_at', '0']);
  const [first, second] = tasks();
  await until('two steps', () => rates(directory) >= 1);
  const agents = (await processesOf(run)).length;
  expect(agents).toBeGreaterThan(3);
  second?.kill('SIGKILL');
  await killAgentOf(directory, 'node-2');
  expect((await first)?.exitCode).toBe(92);
  expect(verdict()).toMatchObject({ outcome: 'unverified', state: 'failed', exit_code: 92 });
  expect(verdict().message).toMatch(/node-2 was lost/);
});

test('a coordinator that is killed while the run is held takes every rank with it', async () => {
  const { tasks, directory, run } = bundleOf(['--hold_at', '0']);
  const [first, second] = tasks();
  await until('a step', () => rates(directory) >= 1);
  await killCoordinator(first?.pid);
  await Promise.all([first, second]);
  expect(await processesOf(run)).toEqual([]);
});

test('a released run outlives its coordinator', async () => {
  const go = join(scratch(), 'go');
  const { tasks, directory } = bundleOf(['--hold_at', '10', '--go', go]);
  const [first, second] = tasks();
  await until('release', () => existsSync(join(directory, 'verdict.json')));
  await killCoordinator(first?.pid);
  writeFileSync(go, '');
  const ends = await Promise.all([first, second]);
  expect(ends[1]?.exitCode).toBe(0);
});

test('a task without the token is not spoken to', async () => {
  const { task, verdict } = bundleOf([]);
  const first = task(0);
  const stranger = await task(1, { RAMPCHECK_TOKEN: 'guess', RAMPCHECK_CONNECT_SECONDS: '1' });
  expect(stranger.exitCode).toBe(91);
  expect(stranger.stderr).toContain('was not reached');
  first.kill('SIGTERM');
  expect((await first).exitCode).toBe(143);
  expect(verdict()).toMatchObject({ message: 'stopped by SIGTERM' });
});

test('USR2 reaches every rank and no launcher', async () => {
  const folder = scratch();
  const go = join(folder, 'go');
  const { tasks, directory } = bundleOf(['--hold_at', '10', '--go', go, '--usr2', join(folder, 'got')]);
  const running = tasks();
  await until('release', () => existsSync(join(directory, 'verdict.json')));
  const told = await execa('python3', ['-I', join(directory, files.archive), 'signal', 'USR2'], {
    env: { RAMPCHECK_NODES: '127.0.0.1' },
  });
  expect(told.stdout).toBe('rampcheck: passed USR2 on to 4 ranks');
  const got = [0, 1, 2, 3].map((rank) => join(folder, `got-${rank}`));
  await until('USR2 in every rank', () => got.every((file) => existsSync(file)));
  writeFileSync(go, '');
  expect((await Promise.all(running)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

function rates(directory: string): number {
  const path = join(directory, 'lr.jsonl');
  return existsSync(path) ? readLines(path).length : 0;
}

/** The agent's own process says its id first. */
async function killAgentOf(directory: string, node: string): Promise<void> {
  type Ready = { node: string; type: string; pid: number };
  const ready = readLines<Ready>(join(directory, 'events.jsonl')).find(
    (event) => event.node === node && event.type === 'ready',
  );
  if (!ready) throw new Error(`${node} is not ready`);
  process.kill(ready.pid, 'SIGKILL');
}

/** The first child of the first node's task. */
async function killCoordinator(task: number | undefined): Promise<void> {
  const children = readFileSync(`/proc/${task}/task/${task}/children`, 'utf8').trim().split(' ').map(Number);
  const [first] = children.sort((a, b) => a - b);
  if (!first) throw new Error(`task ${task} has no children`);
  process.kill(first, 'SIGKILL');
}
