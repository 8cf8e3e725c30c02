import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { captureCommand } from '../../src/read/capture.ts';
import { runCli } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

const blank = 'torchrun train.py \\\n  --output_dir out \\ \n  --lr_scheduler_type cosine \\\n  --lr 1e-4\n';
const comment = 'deepspeed train.py \\\n  --bf16 True \\\n  # --warmup_steps 5 \\\n  --learning_rate 1e-4\n';
const none = 'accelerate launch train.py \\\n  --batch 4\n  --learning_rate 1e-4 --report_to none\n';

function capture(argv: string[], files: Record<string, string>) {
  return captureCommand(argv, folderWith({ 'train.py': '', ...files }), env);
}

describe('a command that ends before its last line is refused, with the line that is cut off', () => {
  test.each([
    ['a blank behind the backslash', ['bash', 'a.sh'], blank, 3, "'--lr_scheduler_type cosine'"],
    ['a comment between continuations', ['bash', 'a.sh'], comment, 4, "'--learning_rate 1e-4'"],
    ['no backslash', ['bash', 'a.sh'], none, 3, "'--learning_rate 1e-4 --report_to none'"],
    ['under sh', ['sh', 'a.sh'], blank, 3, "'--lr_scheduler_type cosine'"],
    [
      'with stderr elsewhere',
      ['bash', 'a.sh'],
      `exec 2>/dev/null\n${blank}`,
      4,
      "'--lr_scheduler_type cosine'",
    ],
    ['under set -e', ['bash', 'a.sh'], `set -euo pipefail\n${comment}`, 5, "'--learning_rate 1e-4'"],
    ['inside a function', ['bash', 'a.sh'], `run() {\n${none}}\nrun\n`, 4, "'--learning_rate 1e-4"],
    [
      'in front of a pipe',
      ['bash', 'a.sh'],
      'torchrun \\\t\n  train.py | tee log\n',
      2,
      "'train.py | tee log'",
    ],
    ['in a script that it calls', ['bash', '-c', 'bash a.sh'], blank, 3, "'--lr_scheduler_type cosine'"],
  ])('%s', async (_, argv, script, line, quoted) => {
    await expect(capture(argv, { 'a.sh': script })).rejects.toMatchObject({
      code: 'capture-broken-line',
      message: expect.stringContaining(quoted),
      location: { file: 'a.sh', line },
    });
  });

  test('in the words of bash -c', async () => {
    await expect(capture(['bash', '-c', blank], {})).rejects.toMatchObject({
      code: 'capture-broken-line',
      message: expect.stringContaining("'--lr_scheduler_type cosine'"),
    });
  });
});

test.each([
  ['every line ends in a backslash', blank.replace('\\ \n', '\\\n')],
  ['options in an array', `ARGS=(\n  --lr 1 # why\n  --warmup 2\n)\ntorchrun train.py "\${ARGS[@]}"\n`],
  ['options in a text', 'torchrun train.py $(cat <<EOF\n--lr 1\n--warmup 2\nEOF\n)\n'],
  ['a command that is not installed', 'nvidia-smi-not-there \\\n  --loop 1\ntorchrun train.py\n'],
  ['a comment behind the whole command', 'torchrun train.py \\\n  --lr 1\n# --warmup 2\n'],
])('is read as it stands: %s', async (_, script) => {
  expect((await capture(['bash', 'a.sh'], { 'a.sh': script })).argv).toContain('train.py');
});

test('check ends with 2 and names the place and the remedy', async () => {
  const cwd = folderWith({ 'train.py': '', 'a.sh': blank });
  const { exitCode, stderr } = await runCli(['check', '--', 'bash', join(cwd, 'a.sh')], { cwd, env });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('a.sh:3');
  expect(stderr).toContain('remove the blank at the end of line 2');
});
