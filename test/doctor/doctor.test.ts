import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Examination } from '../../src/doctor/examine.ts';
import { fixtures, root, runCli } from '../support/cli.ts';
import { openEnded } from '../support/open-ended-training.ts';

const env = (gpus = '') => ({
  PATH: `${join(fixtures, 'stand-in-gpu')}:${openEnded}:${join(root, '.venv', 'bin')}:${process.env.PATH}`,
  GPUS: gpus,
});
const command = (...words: string[]) => [
  ...['--', 'torchrun', '--nproc-per-node', '2', ...words],
  join(fixtures, 'seed', 'finetune.py'),
];

test('two nodes of this machine, looked at for a command: exit 0, versions and GPUs told', async () => {
  const { exitCode, stdout, stderr } = await runCli(['doctor', '--nodes', '2', ...command()], { env: env() });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/ok {3}master +127\.0\.0\.1:\d+ is free, and every node can reach it/);
  expect(stdout).toContain('2 × NVIDIA H100 80GB HBM3');
  expect(stdout).toMatch(/torch +2\.13\.0/);
  expect(stdout).toMatch(/driver +580\.65\.06/);
  expect(stdout).toContain('no problems');
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test.for([
  ['busy', 'GPU 1 in use by process 4711 (40000 MiB)'],
  ['ecc', 'uncorrected ECC errors: GPU 1 has 2'],
  ['one', '1 GPU, but 2 ranks should run there'],
  ['silent', 'nvidia-smi does not answer'],
])('GPUs that are %s: exit 90', async ([gpus, message]) => {
  const { exitCode, stdout } = await runCli(['doctor', '--json', '--nodes', '2', ...command()], {
    env: env(gpus),
  });
  expect(exitCode).toBe(90);
  const found = JSON.parse(stdout) as Examination;
  expect(found.checks.flatMap(({ problems }) => problems).map((problem) => problem.message)).toContain(
    message,
  );
  // Every node is broken: there is nothing to leave out.
  expect(found).toMatchObject({ exclude: ['local-1', 'local-2'], exclude_line: null });
});

test('another process listens at the rendezvous address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  const { exitCode, stdout } = await runCli(
    ['doctor', '--json', '--nodes', '2', ...command('--master-port', String(port))],
    { env: env() },
  );
  expect(exitCode).toBe(90);
  expect(
    (JSON.parse(stdout) as Examination).checks.find(({ id }) => id === 'master')?.problems,
  ).toMatchObject([{ message: `local-1 cannot listen at 127.0.0.1:${port}: Address already in use` }]);
});

test('a hostfile alone, without a command', async () => {
  const { exitCode, stdout } = await runCli(['doctor', '--hostfile', join(root, 'hostfiles', 'local-2')], {
    env: env(),
  });
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('2 of 2 nodes reachable');
});
