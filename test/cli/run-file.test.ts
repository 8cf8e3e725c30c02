import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runFileText } from '../../src/cli/init-run.ts';
import { readRunFile } from '../../src/cli/run-file.ts';
import { plan as planDocument } from '../../src/documents/plan.ts';
import { fromDocument } from '../../src/documents/to-document.ts';
import { splitLine } from '../../src/files/split-line.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { runCli } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const words =
  'torchrun --nproc-per-node 2 train.py --learning_rate 1e-5 --lr_scheduler_type constant --warmup_steps 10'.split(
    ' ',
  );

test('init writes what check, plan and launch then read; it replaces nothing unasked', async () => {
  const cwd = folderWith();
  const made = await runCli(['init', '--samples', '100', '--env', 'A=b c', '--', ...words], { cwd });
  expect(made.exitCode, made.all).toBe(0);
  const [raw, file] = await Promise.all([
    runCli(['plan', '--json', '--samples', '100', '--env', 'A=b c', '--', ...words], { cwd }),
    runCli(['plan', '--json'], { cwd }),
  ]);
  expect(file.stdout).toBe(raw.stdout);
  const again = await runCli(['init', '--', ...words], { cwd });
  expect(again.stderr).toContain('[run-file-exists]');
  expect((await runCli(['init', '--force', '--', ...words], { cwd })).exitCode).toBe(0);
});

test('what stands on the command line wins, and a raw command too', async () => {
  const cwd = folderWith({
    'big.yaml': `command: [torchrun, train.py]\nsamples: 1000\nnodes: 2\nenv: {A: 1, B: 2}\n`,
  });
  const { stdout } = await runCli(
    ['plan', '--json', '--run-file', 'big.yaml', '--nodes', '3', '--env', 'B=3', '--', ...words],
    { cwd },
  );
  const plan = fromDocument(planDocument, JSON.parse(stdout) as object) as unknown as Plan;
  expect(plan.command).toEqual(words);
  expect(plan.nodes).toHaveLength(3);
  expect(plan.nodes[0]?.env).toEqual({ A: '1', B: '3' });
  expect(plan.steps.batchesPerEpoch).toMatchObject({ from: '--samples 1000 / (8 × 6)' });
});

test.each(['nonsense', '[transformers:constant, nonsense]'])(
  'launch reads what is expected from it, one curve or a list: %s',
  async (curves) => {
    const cwd = folderWith({ 'rampcheck.yaml': `command: ${words.join(' ')}\nexpect: ${curves}\n` });
    const { exitCode, stderr } = await runCli(['launch'], { cwd });
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('[bad-expect]');
  },
);

test('a finding that is ignored needs a reason, and is counted', async () => {
  const ignore = 'ignore:\n- rule: warmup-ignored\n  reason: the script builds its own schedule\n';
  const cwd = folderWith({ 'rampcheck.yaml': `command: ${words.join(' ')}\n${ignore}` });
  const { exitCode, stdout } = await runCli(['check'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toBe('no problems found (1 suppressed by the run file)');
  const json = JSON.parse((await runCli(['check', '--json'], { cwd })).stdout) as { findings: object[] };
  expect(json.findings).toMatchObject([
    { rule: 'warmup-ignored', suppressed: 'the script builds its own schedule' },
  ]);
  writeFileSync(
    join(cwd, 'rampcheck.yaml'),
    readFileSync(join(cwd, 'rampcheck.yaml'), 'utf8').replace('warmup-ignored', 'warmup-ignore'),
  );
  expect((await runCli(['check'], { cwd })).stderr).toContain('did you mean warmup-ignored');
});

describe('a run file that cannot be meant', () => {
  test.each([
    ['comand: x\n', 'run-file-bad', 1, 'did you mean command'],
    ['samples: 3\n', 'run-file-bad', undefined, 'command'],
    ['command: x\nnodes: two\n', 'run-file-bad', 2, 'nodes'],
    ['command: x\nignore:\n- rule: a\n', 'run-file-bad', 3, 'reason'],
    ['command: x\nnodes: [1\n', 'run-file-bad', 3, 'YAML'],
    ['command: x | y\n', 'run-file-bad', undefined, "'|'"],
  ])('%j', async (text, code, line, says) => {
    const cwd = folderWith({ 'rampcheck.yaml': text });
    const { exitCode, stderr } = await runCli(['check'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(says);
    if (line !== undefined) expect(stderr).toContain(`rampcheck.yaml:${line}:`);
  });
});

test('schema is a JSON Schema of the same file', async () => {
  const { exitCode, stdout } = await runCli(['schema']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'rampcheck.yaml',
    type: 'object',
    required: ['command'],
    additionalProperties: false,
    properties: {
      nodes: { type: 'integer' },
      hold_steps: { anyOf: [{ const: 'auto' }, { type: 'integer' }] },
    },
  });
});

test('any command comes back from the file word for word', () => {
  const cwd = folderWith();
  const word = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('', '1e-5', '10', '-1', 'no', '~', '- x', 'a: b', '#', '{"a": [1]}', '1.0'),
  );
  const command = fc.array(
    word.filter((text) => text.isWellFormed()),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(command, (argv) => {
      writeFileSync(join(cwd, 'rampcheck.yaml'), runFileText(argv, {}));
      expect(readRunFile(cwd, 'rampcheck.yaml').command).toEqual(argv);
    }),
  );
});

test.each([
  [
    `torchrun  train.py --x "a b" --y 'c $d' --z=\\ q`,
    ['torchrun', 'train.py', '--x', 'a b', '--y', 'c $d', '--z= q'],
  ],
  ['torchrun \\\n  train.py # why\n', ['torchrun', 'train.py']],
  ['torchrun \\\r\n train.py ""', ['torchrun', 'train.py', '']],
])('%j is split as a shell splits it', (line, split) => {
  expect(splitLine(line)).toEqual(split);
});
