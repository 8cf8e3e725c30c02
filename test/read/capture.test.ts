import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { captureCommand, isShellCommand } from '../../src/read/capture.ts';
import { runCli, startCli, until } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

async function captured(script: string, args: string[] = [], more: Record<string, string> = {}) {
  const cwd = folderWith({ 'train.sh': script, 'sub/train.py': '' });
  return captureCommand(['bash', 'train.sh', ...args], cwd, { ...env, ...more });
}

describe('shell as people write it', () => {
  test.each([
    ['a backslash at the end of the file', 'torchrun train.py --lr 1 \\', 'torchrun train.py --lr 1'],
    [
      'comments between continuations',
      'torchrun \\\n  train.py `# why` \\\n  --x 1\n',
      'torchrun train.py --x 1',
    ],
    [
      'variables and sums',
      'N=$((2 + 2))\ntorchrun --nproc-per-node $N train.py\n',
      'torchrun --nproc-per-node 4 train.py',
    ],
    ['an assignment in front', 'CUDA_VISIBLE_DEVICES=0,1 torchrun train.py\n', 'torchrun train.py'],
    ['a pipe into tee', 'torchrun train.py 2>&1 | tee log\n', 'torchrun train.py'],
    ['an unset hostfile', 'deepspeed --hostfile=$HOSTS train.py\n', 'deepspeed --hostfile= train.py'],
    ['JSON as a value', `torchrun train.py --k '{"a": "b c"}'\n`, 'torchrun train.py --k {"a": "b c"}'],
    [
      'options that are set before',
      'set -- --x "1 2"\ntorchrun train.py "$@"\n',
      'torchrun train.py --x 1 2',
    ],
    ['arguments handed on', 'torchrun train.py "$@"\n', 'torchrun train.py one two'],
    ['exec, nohup and env', 'exec nohup env A=1 torchrun train.py\n', 'torchrun train.py'],
    [
      'srun with a shell inside',
      "srun --nodes 2 -N2 bash -c 'torchrun --node-rank $SLURM_NODEID train.py'\n",
      'torchrun --node-rank 0 train.py',
    ],
    [
      'an environment in front of PATH',
      'mkdir -p bin\nexport PATH=$PWD/bin:$PATH\ntorchrun train.py\n',
      'torchrun train.py',
    ],
    [
      'a launcher as a Python module',
      'python -u -m torch.distributed.run train.py\n',
      'python -u -m torch.distributed.run train.py',
    ],
    ['a plain script', 'python train.py --x 1\n', 'python train.py --x 1'],
  ])('%s', async (_, script, line) => {
    const { argv } = await captured(script, ['one', 'two']);
    expect(argv.join(' ')).toBe(line);
  });

  test('what it exports, and where it goes', async () => {
    const { argv, added, cwd, unread } = await captured(
      'export NCCL_DEBUG=INFO\nWANDB=1 deepspeed prepare.py\ncd sub\npython make_data.py\ntorchrun train.py\n',
    );
    expect(argv).toEqual(['deepspeed', 'prepare.py']);
    expect(added).toEqual({ NCCL_DEBUG: 'INFO', WANDB: '1' });
    expect(cwd.endsWith('sub')).toBe(false);
    expect(unread.map(({ what }) => what)).toEqual(['torchrun train.py']);
  });

  test('nothing is started, and Python that only computes does compute', async () => {
    const { cwd, argv } = await captured(
      'PORT=$(python3 -c "print(1 + 1)")\npython3 train.py && touch started\ntorchrun --master-port $PORT train.py > out\n',
    );
    expect(argv).toEqual(['torchrun', '--master-port', '2', 'train.py']);
    expect(existsSync(join(cwd, 'out'))).toBe(true);
  });
});

test.each([
  ['true\n', 'capture-nothing'],
  ['/opt/venv/bin/torchrun train.py\n', 'capture-path'],
  ['torchrun train.py\r\n', 'capture-line-ends'],
])('%j is refused', async (script, code) => {
  await expect(captured(script)).rejects.toMatchObject({ code });
});

test('a launcher in the background is read, and what stays behind is ended', async () => {
  const { argv } = await captured('sleep 1000 &\ntorchrun train.py &\n');
  expect(argv).toEqual(['torchrun', 'train.py']);
});

test('Ctrl-C ends the script with everything that it started', { timeout: 60_000 }, async () => {
  const cwd = folderWith({ 'run.sh': 'echo started >&2\ntouch started\nsleep 1000\n' });
  const { child, processes } = startCli(['check', '--', 'bash', 'run.sh'], { cwd, env });
  await until('the script runs', () => existsSync(join(cwd, 'started')));
  child.kill('SIGINT');
  expect((await child).exitCode).toBe(130);
  expect(processes()).toEqual([]);
});

test('which commands only a shell can read', () => {
  const cwd = folderWith({ 'run.sh': '#!/usr/bin/env bash\n', tool: '#!/usr/bin/python3\n' });
  for (const [line, shell] of [
    ['bash run.sh', true],
    ['./run.sh', true],
    ['srun -N 2 torchrun train.py', true],
    ['./tool', false],
    ['torchrun train.py', false],
    ['deepspeed run.sh', false],
  ] as const) {
    expect(isShellCommand(line.split(' '), cwd), line).toBe(shell);
  }
});

test('the command line says what it does before, and --no-capture refuses', async () => {
  const cwd = folderWith({ 'run.sh': '#!/bin/sh\ntouch ran\nX=1 torchrun train.py --learning_rate 1e-5\n' });
  chmodSync(join(cwd, 'run.sh'), 0o755);
  const refused = await runCli(['check', '--no-capture', '--', './run.sh'], { cwd, env });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('[capture-refused]');
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  const { exitCode, stdout, stderr } = await runCli(['plan', '--', './run.sh'], { cwd, env });
  expect(exitCode).toBe(0);
  expect(stderr).toContain("rampcheck: running './run.sh' to see which command it starts");
  expect(stdout).toContain('X=1 torchrun train.py --learning_rate 1e-5');
});
