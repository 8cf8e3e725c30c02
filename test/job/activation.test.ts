import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { Examination } from '../../src/doctor/examine.ts';
import { activated, parseActivation } from '../../src/job/activation.ts';
import { root, runCli, scratch } from '../support/cli.ts';
import { openEnded } from '../support/open-ended-training.ts';

/** A folder whose name and files hold what a shell would act on. */
function nasty(): string {
  const folder = join(scratch(), `it's "$HOME" & $(touch x)`);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', 'activate'), 'export ACTIVE="$ACTIVE"venv,\n');
  writeFileSync(join(folder, 'env.sh'), 'export ACTIVE="$ACTIVE"script,\n');
  return folder;
}

const words = ['', '$HOME', '`x`', "it's", 'a  b', '--flag=*', 'ü\n'];
const show = [
  'python3',
  '-c',
  'import json, os, sys; print(json.dumps([os.environ["ACTIVE"], *sys.argv[1:]]))',
];

test('a virtual environment and a script, in their order; every argument arrives as it is', async () => {
  const folder = nasty();
  const activations = [parseActivation(folder), parseActivation(join(folder, 'env.sh'))];
  const [program = '', ...args] = activated(activations, [...show, ...words]);
  const { stdout } = await execa(program, args, { env: { ACTIVE: '' } });
  expect(JSON.parse(stdout)).toEqual(['venv,script,', ...words]);
});

test('conda and modules are asked by name', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'conda'), '#!/bin/sh\necho \'conda() { export ACTIVE="$ACTIVE$1 $2,"; }\'\n', {
    mode: 0o755,
  });
  const [program = '', ...args] = activated([parseActivation("conda:it's")], show);
  // A login shell makes its own PATH; what it finds first is what the profile says.
  writeFileSync(join(folder, '.bash_profile'), `PATH="${folder}:$PATH"\n`);
  const { stdout } = await execa(program, args, { env: { ACTIVE: '', HOME: folder } });
  expect(JSON.parse(stdout)).toEqual(["activate it's,"]);
  expect(activated([parseActivation('module:cuda/12.9')], ['x'])).toEqual([
    ...['bash', '-lc', 'module load "$0" && exec "$@"', 'cuda/12.9', 'x'],
  ]);
});

test.for(['', 'spack:x', 'conda:'])("refused: '%s'", (text) => {
  expect(() => parseActivation(text)).toThrow(expect.objectContaining({ code: 'bad-option' }));
});

test('plan shows it, and doctor looks at the node with it in force', async () => {
  const venv = join(root, '.venv');
  const command = [
    '--activate',
    venv,
    '--',
    'torchrun',
    '--nproc-per-node',
    '1',
    join(openEnded, 'train.py'),
  ];
  const env = { PATH: '/usr/bin:/bin' };
  const { stdout: plan } = await runCli(['plan', '--json', '--nodes', '2', ...command], { env });
  const [node] = (JSON.parse(plan) as { nodes: { argv: string[] }[] }).nodes;
  expect(node?.argv.slice(0, 5)).toEqual([
    ...['bash', '-c', '. "$0/bin/activate" && exec "$@"'],
    venv,
    'torchrun',
  ]);
  const { stdout } = await runCli(['doctor', '--json', '--nodes', '2', ...command], { env });
  const found = JSON.parse(stdout) as Examination;
  expect(found.checks.flatMap(({ problems }) => problems)).toEqual([]);
  expect(found.nodes[0]?.report?.python?.versions.torch).toMatch(/^2\.13/);
  const without = await runCli(['doctor', '--nodes', '2', ...command.slice(2)], { env });
  expect(without.stdout).toContain("torchrun is not on the node's PATH");
});
