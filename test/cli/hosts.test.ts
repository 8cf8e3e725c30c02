import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';

test.for([
  [[], 'ada@node01:2222 slots=2\nnode02 slots=2\nnode03 slots=2\n'],
  [['--to', 'openmpi', '--exclude', 'node01'], 'node02 slots=2 max_slots=2\nnode03 slots=2 max_slots=2\n'],
  [['--to', 'mpich', '--include', 'node02:1'], 'node02:1\n'],
  [['--to', 'plain'], 'node01\nnode02\nnode03\n'],
  [['--to', 'slurm'], 'node[01-03]\n'],
  [['--to', 'include', '--exclude', 'node01:0@node03'], 'node01:1@node02:0,1\n'],
] as const)('%j', async ([options, expected]) => {
  const directory = scratch();
  writeFileSync(join(directory, 'hosts'), 'ada@node01:2222 slots=2\nnode[02-03] slots=2\n');
  const { exitCode, stdout, all } = await runCli(['hosts', 'hosts', ...options], { cwd: directory });
  expect(exitCode, all).toBe(0);
  expect(`${stdout}\n`).toBe(expected);
});

test('--json names rank, slots and how the host is reached', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'hosts'), 'ada@[fd00::7]:22\n');
  const { stdout } = await runCli(['hosts', 'hosts', '--slots', '2', '--json'], { cwd: directory });
  expect(JSON.parse(stdout)).toEqual({
    schema_version: 1,
    nodes: [{ rank: 0, name: 'fd00::7', user: 'ada', port: 22, slots: [0, 1] }],
    ranks: 2,
  });
});

test('a hostfile that is wrong is shown with its place', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'hosts'), 'a slots=1\nb slots=x\n');
  const { exitCode, all } = await runCli(['hosts', 'hosts'], { cwd: directory });
  expect(exitCode).toBe(2);
  expect(all).toContain('at hosts:2:3');
});
