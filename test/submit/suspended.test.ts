import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { files, seconds } from '../../src/contract/contract.ts';
import { readLines, scratch, until } from '../support/cli.ts';
import { bundleOf } from './bundle-run.ts';

/*
 * `scontrol suspend` stops every process of a job, for as long as it likes; `kill -STOP` one of them. Longer than a held run waits for a
 * sign of life is enough to tell.
 */
const PAUSE = (seconds.lease + 2) * 1000;

/** A process and all that it has started, the parents first. */
function familyOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

async function suspend(pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await sleep(PAUSE);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}

const stepsIn = (directory: string) =>
  existsSync(join(directory, files.rates)) ? readLines(join(directory, files.rates)).length : 0;

test('a held job that is suspended and continued is released, and finishes', async () => {
  const go = join(scratch(), 'go');
  const { tasks, directory, verdict } = bundleOf(['--hold_at', '0', '--go', go]);
  const running = tasks();
  await until('a step', () => stepsIn(directory) >= 1);
  await suspend(running.flatMap(({ pid }) => familyOf(pid)));
  writeFileSync(go, '');
  expect((await Promise.all(running)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(verdict()).toMatchObject({ outcome: 'released', state: 'finished' });
}, 90_000);

/** Which processes of a released job are stopped, of the family of each node's task. */
const who: Record<string, (families: readonly number[][]) => number[]> = {
  'all of it': (families) => families.flat(),
  // The first child of the first task.
  'its coordinator': ([first]) => first?.slice(1, 2) ?? [],
  // The task's last child and its child: the guardian and the agent.
  'the agent of its second node': ([, second]) => second?.slice(1, 3) ?? [],
  'its second node': ([, second]) => second ?? [],
};

test('a released job goes on when all of it, or a part, is stopped for a while', async () => {
  const stopOnly = async (chosen: (families: readonly number[][]) => number[]) => {
    const go = join(scratch(), 'go');
    const { tasks, directory, verdict } = bundleOf(['--hold_at', '10', '--go', go]);
    const running = tasks();
    await until('release', () => existsSync(join(directory, files.verdict)));
    await suspend(chosen(running.map(({ pid }) => familyOf(pid))));
    writeFileSync(go, '');
    const codes = (await Promise.all(running)).map(({ exitCode }) => exitCode);
    return { codes, state: verdict().state };
  };
  // At once: each of them waits.
  const ends = Object.entries(who).map(async ([name, chosen]) => [name, await stopOnly(chosen)] as const);
  const good = { codes: [0, 0], state: 'finished' };
  expect(Object.fromEntries(await Promise.all(ends))).toEqual(
    Object.fromEntries(Object.keys(who).map((name) => [name, good])),
  );
}, 90_000);
