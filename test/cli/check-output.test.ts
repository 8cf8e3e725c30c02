import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const config =
  '{\n  "zero_optimization": { "stage": 2 }, "train_batch_size": "auto",\n  "scheduler": { "type": "WarmupLR", "params": {} }\n}\n';
const violation =
  'torchrun train.py --deepspeed ds.json --lr_scheduler_type cosine --learning_rate 1e-5'.split(' ');
const error = 'torchrun train.py --lr_scheduler_type cosin'.split(' ');
const warning = 'torchrun train.py --lr_scheduler_type constant --warmup_steps 10'.split(' ');
const note = 'torchrun train.py --max_steps 10 --num_train_epochs 3'.split(' ');
const cwd = () => folderWith({ 'ds.json': config });

describe('exit codes', () => {
  test.each([
    ['violation', violation, 93],
    ['error', error, 2],
    ['warning', warning, 0],
    ['nothing', ['torchrun', 'train.py'], 0],
  ] as const)('%s', async (_, command, code) => {
    expect((await runCli(['check', '--', ...command], { cwd: cwd() })).exitCode).toBe(code);
  });

  test('a renamed argument is an error, and never a schedule violation', async () => {
    const folder = folderWith({ 'train.py': 'from transformers import HfArgumentParser\n' });
    const command = 'torchrun train.py --evaluation_strategy no'.split(' ');
    const { exitCode, stdout } = await runCli(
      ['check', '--versions', 'transformers=5.23.0', '--', ...command],
      { cwd: folder },
    );
    expect(exitCode).toBe(2);
    expect(stdout).toContain('error[argument-removed]');
    expect(stdout).toContain('write --eval_strategy');
    expect((await runCli(['check', '--', ...command], { cwd: folder })).exitCode).toBe(0);
  });
});

describe('--severity', () => {
  test.each([
    ['note', note, 'note[max-steps-over-epochs]'],
    ['warning', warning, 'warning[warmup-ignored]'],
    ['error', error, 'error[scheduler-type-unknown]'],
  ])('%s is shown from %s on', async (level, command, head) => {
    expect((await runCli(['check', '--severity', level, '--', ...command], { cwd: cwd() })).stdout).toContain(
      head,
    );
    const [stricter] = { note: ['warning'], warning: ['error'], error: ['violation'] }[level] ?? [];
    const hidden = await runCli(['check', '--severity', String(stricter), '--', ...command], { cwd: cwd() });
    expect(hidden.stdout).toBe('no problems found');
  });
});

test('SARIF has the rule, the place and the fix', async () => {
  const { exitCode, stdout, stderr } = await runCli(['check', '--format', 'sarif', '--', ...violation], {
    cwd: cwd(),
  });
  expect(exitCode).toBe(93);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'rampcheck',
            rules: [{ id: 'deepspeed-scheduler-replaces', defaultConfiguration: { level: 'error' } }],
          },
        },
        results: [
          {
            ruleId: 'deepspeed-scheduler-replaces',
            ruleIndex: 0,
            level: 'error',
            message: { text: expect.stringContaining('silently replaces') as string },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'ds.json' },
                  region: { startLine: 3, startColumn: 26 },
                },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('GitHub shows a finding at its line', async () => {
  const { exitCode, stdout } = await runCli(['check', '--format', 'github', '--', ...violation], {
    cwd: cwd(),
  });
  expect(exitCode).toBe(93);
  expect(stdout).toMatch(
    /^::error file=ds\.json,line=3,col=26,title=deepspeed-scheduler-replaces::the DeepSpeed config's WarmupLR .*$/,
  );
  const clean = await runCli(['check', '--format', 'github', '--', 'torchrun', 'train.py'], { cwd: cwd() });
  expect(clean.stdout).toBe('');
});

test('what cannot be read is said below the findings', async () => {
  const { stdout } = await runCli(['check', '--', 'axolotl', 'train', 'a.yml'], {
    cwd: folderWith({ 'a.yml': 'learning_rate: 1e-4\n' }),
  });
  expect(stdout).toContain('not read: the warmup: it is not stated');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('every finding of a crowded command fits 80 columns', async () => {
  const crowded = folderWith({
    'ds.json':
      '{"optimizer": {"type": "AdamW", "params": {}}, "scheduler": {"type": "WarmupDecayLR", "params": {"warmup_type": "cosine", "total_num_steps": 3, "warmup_num_steps": 9}}, "train_batch_size": 7}',
    'train.py': 'from transformers import HfArgumentParser\n',
  });
  const command =
    'torchrun --nproc-per-node 2 train.py --deepspeed ds.json --learning_rate 1e-5 --learning_rate 2e-5 --warmup_steps 2.7 --warmup_ratio 0.1 --lr_schedular_type cosine'.split(
      ' ',
    );
  const { stdout, exitCode } = await runCli(['check', '--severity', 'note', '--', ...command], {
    cwd: crowded,
  });
  expect(exitCode).toBe(93);
  expect(stdout.match(/^(violation|error|warning|note)\[/gm)?.length).toBeGreaterThan(6);
  const long = stdout.split('\n').filter((line) => line.length > 80 && !line.includes('https://'));
  expect(long).toEqual([]);
});
