import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Examination } from '../../src/doctor/examine.ts';
import { root, runCli, scratch } from '../support/cli.ts';
import { openEnded } from '../support/open-ended-training.ts';
import { type Lab, labMissing, labUp } from './lab.ts';

/** Eight hosts over SSH: all of them healthy, then one with everything wrong. */
const names = Array.from({ length: 8 }, (_, index) => `lab-${index + 1}`);
const why = labMissing();
const onLab = test.skipIf(why !== undefined);
let lab: Lab;
let hostfile: string;
beforeAll(async () => {
  if (why) return;
  lab = await labUp();
  hostfile = join(mkdtempSync(join(tmpdir(), 'rampcheck-test-')), 'hostfile');
  writeFileSync(hostfile, names.map((name) => `${name} slots=2\n`).join(''));
});
afterAll(async () => lab?.down());

onLab(`eight healthy hosts${why ? `: ${why}` : ''}`, async () => {
  const command = ['--', 'torchrun', join(openEnded, 'train.py')];
  const { exitCode, stdout } = await runCli(['doctor', '--json', '--hostfile', hostfile, ...command], {
    enter: lab.enter,
    env: { PATH: `${join(root, '.venv', 'bin')}:${process.env.PATH}` },
  });
  const found = JSON.parse(stdout) as Examination;
  const byId = new Map(found.checks.map((check) => [check.id, check]));
  expect(byId.get('reach')?.problems).toEqual([]);
  expect(byId.get('directory')?.problems).toEqual([]);
  expect(byId.get('files')?.problems).toEqual([]);
  expect(byId.get('master')).toMatchObject({
    summary: 'lab-1:29500 is free, and every node can reach it',
    problems: [],
  });
  expect(byId.get('network')?.summary).toContain('NCCL_SOCKET_IFNAME=eth0');
  expect(found.nodes.map(({ report }) => report?.host)).toEqual(names);
  // torchrun is in this machine's environment, and in no host's PATH.
  expect(byId.get('program')?.problems).toHaveLength(8);
  expect(exitCode).toBe(90);
});

onLab('a script that the hosts do not have: launch refuses before anything runs', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'train.py'), '');
  const { exitCode, all } = await runCli(
    [
      'launch',
      '--hostfile',
      hostfile,
      '--',
      join(openEnded, 'torchrun'),
      '--nproc-per-node',
      '2',
      'train.py',
    ],
    { cwd: directory, enter: lab.enter },
  );
  expect(exitCode, all).toBe(90);
  expect(all).toContain(`lab-3: ${directory} does not exist`);
  expect(all).toContain('[preflight-failed]');
});

onLab('one host without power: the others are looked at, and it is named to be left out', async () => {
  lab.hosts[3]?.powerOff();
  const { exitCode, stdout } = await runCli(['doctor', '--hostfile', hostfile], { enter: lab.enter });
  expect(exitCode, stdout).toBe(90);
  expect(stdout).toMatch(/FAIL reach +lab-4: /);
  expect(stdout).toMatch(/ok {3}master +lab-1:29500 is free/);
  expect(stdout).toMatch(/--exclude lab-4$/);
});
