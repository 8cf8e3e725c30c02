import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

/** A command on foreign files ends with a clear error: never with a bug of ours (70), and never hangs (the test's own time limit). */
const torchrun = ['--', 'torchrun', '--nproc-per-node', '1', 'train.py'];
const deepspeed = (config: string) => ['check', '--', 'deepspeed', 'train.py', '--deepspeed', config];

async function refusedBy(cwd: string, argv: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await runCli(argv, { cwd });
  expect(exitCode, stderr).toBe(2);
  return stderr.replace(/\s+/g, ' ');
}

describe('what is no file is not read for ever', () => {
  test.for<[string, (config: string) => string[]]>([
    ['a DeepSpeed config', deepspeed],
    ['a hostfile', (file) => ['check', '--hostfile', file, '--', 'deepspeed', 'train.py']],
    ['a run file', (file) => ['check', '--run-file', file]],
    ['a log', (file) => ['verify', file, '--expect', 'transformers:cosine lr=1e-5 total=4']],
    ['a curve', (file) => ['verify', file, '--expect', `@${file}`]],
  ])('%s', async ([, argv]) => {
    const cwd = folderWith();
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    const pipe = await refusedBy(cwd, argv('pipe'));
    expect(pipe).toContain('is a pipe that nobody writes to');
  });

  test.for(['/dev/zero', '/dev/urandom'])('%s', async (device) => {
    const cwd = folderWith();
    expect(await refusedBy(cwd, deepspeed(device))).toContain('is larger than 64 MiB');
    expect(await refusedBy(cwd, ['check', '--run-file', device])).toContain('is larger than 64 MiB');
  });

  test('a file of 3 GB', async () => {
    const cwd = folderWith({ big: '' });
    truncateSync(join(cwd, 'big'), 3e9);
    expect(await refusedBy(cwd, deepspeed('big'))).toContain('is larger than 64 MiB');
    expect(await refusedBy(cwd, ['check', '--hostfile', 'big', ...torchrun])).toContain(
      'is larger than 64 MiB',
    );
  });

  test('a checkpoint whose scheduler.pt has 3 GB is read without it', async () => {
    const cwd = folderWith({ 'out/trainer_state.json': '{"global_step": 4}', 'out/scheduler.pt': '' });
    truncateSync(join(cwd, 'out', 'scheduler.pt'), 3e9);
    const { exitCode, stderr } = await runCli(['check', ...torchrun, '--resume_from_checkpoint', 'out'], {
      cwd,
    });
    expect(exitCode, stderr).not.toBe(70);
  });

  test('a pipe that somebody writes to is read', async () => {
    const cwd = folderWith();
    const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
    const line = `"$0" "$1" hosts <(sleep 0.3; echo 'a slots=2'; sleep 0.3; echo 'b slots=2')`;
    const text = execFileSync('bash', ['-c', line, process.execPath, main], { cwd, encoding: 'utf8' });
    expect(text).toBe('a slots=2\nb slots=2\n');
  });
});

describe('names that no file has', () => {
  const long = 'a'.repeat(256);
  test.for<[string, string[], string]>([
    ['a script', ['check', '--', 'torchrun', `${long}.py`], 'script-missing'],
    ['a DeepSpeed config', deepspeed(`${long}.json`), 'deepspeed-config-missing'],
    ['a hostfile', ['check', '--hostfile', long, ...torchrun], 'hostfile-missing'],
    ['a run file', ['check', '--run-file', long], 'run-file-missing'],
    ['a log', ['verify', long, '--expect', 'transformers:cosine lr=1e-5 total=4'], 'log-unreadable'],
    ['a curve', ['verify', 'train.py', '--expect', `@${long}`], 'bad-expect'],
    ['a path of 5,000 characters', deepspeed(`${'b/'.repeat(2500)}c`), 'deepspeed-config-missing'],
  ])('%s', async ([, argv, code]) => {
    expect(await refusedBy(folderWith(), argv)).toContain(`[${code}]`);
  });
});

describe('nesting', () => {
  const deep = 20_000;
  const texts = {
    arrays: '['.repeat(deep) + ']'.repeat(deep),
    objects: `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
    'never closed': '[{"a":'.repeat(deep),
    'behind a text with brackets': `{"x": "[[{\\"", "y": ${'['.repeat(deep)}`,
  };
  test.for(Object.entries(texts))('JSON: %s', async ([, text]) => {
    expect(await refusedBy(folderWith({ 'ds.json': text }), deepspeed('ds.json'))).toContain(
      'is nested more than 500 levels deep',
    );
  });
  test('as deep as a config ever is', async () => {
    const text = `{"a": ${'['.repeat(400)}${']'.repeat(400)}, "train_batch_size": 1}`;
    const { exitCode, stderr } = await runCli(deepspeed('ds.json'), { cwd: folderWith({ 'ds.json': text }) });
    expect(exitCode, stderr).not.toBe(70);
    expect(stderr).not.toContain('levels deep');
  });
  test.for([
    ['sequences', `command: ${'['.repeat(deep)}`],
    ['mappings', `command: ${'{a: '.repeat(deep)}`],
    ['lines', Array.from({ length: 2000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])('YAML: %s', async ([, text]) => {
    const cwd = folderWith({ 'r.yaml': text ?? '' });
    expect(await refusedBy(cwd, ['check', '--run-file', 'r.yaml'])).toContain('[run-file-bad]');
  });
});

describe('aliases that stand for more than there is memory', () => {
  const levels = [...'abcdefghijk'];
  const bomb = (item: (name: string) => string, first: string) =>
    levels.map((name, at) => `${name}: &${name} ${at === 0 ? first : item(levels[at - 1] ?? '')}`).join('\n');
  const nine = (name: string) => Array(9).fill(`*${name}`).join(', ');
  test.for<[string, string]>([
    ['sequences', bomb((name) => `[${nine(name)}]`, '[x, x, x]')],
    [
      'mappings',
      bomb((name) => `{${[...'stuvwxyz'].map((key) => `${key}: *${name}`).join(', ')}}`, '{x: 1}'),
    ],
    ['both', bomb((name) => `{p: [${nine(name)}], q: [${nine(name)}]}`, '[1]')],
  ])('%s', async ([, text]) => {
    const cwd = folderWith({ 'r.yaml': text });
    expect(await refusedBy(cwd, ['check', '--run-file', 'r.yaml'])).toMatch(/once its aliases are resolved/);
  });
});

test.for(['400000000', '10000001', '1e300'])('--expect total=%s is refused at once', async (total) => {
  const cwd = folderWith({ log: '' });
  const expectation = `transformers:cosine lr=1e-5 warmup=1% total=${total}`;
  const text = await refusedBy(cwd, ['verify', 'log', '--expect', expectation]);
  expect(text).toContain('is more than 10000000 optimizer steps');
});

describe('control characters do not become commands of a Slurm job', () => {
  const fields = [
    'job-name',
    'partition',
    'time',
    'account',
    'qos',
    'constraint',
    'reservation',
    'mem',
    'cpus-per-task',
  ];
  const evils = ['x\ntouch owned', 'x\rtouch owned', 'x\u2028touch owned', 'x\u0000y', 'x\u001b]0;y\u0007'];
  const submit = ['submit', '--to', 'slurm', '--dry-run', '--gpus-per-node', '1'];
  test.for(fields)('--%s', async (field) => {
    const cwd = folderWith();
    for (const evil of evils.filter((text) => !text.includes('\0'))) {
      expect(await refusedBy(cwd, [...submit, `--${field}`, evil, ...torchrun])).toContain('[bad-option]');
    }
  });
  test.for(['a\ntouch owned;.py', 'a\rtouch owned;.py', 'a\u2028touch owned.py'])(
    'a script called %j',
    async (name) => {
      const cwd = folderWith();
      mkdirSync(cwd, { recursive: true });
      writeFileSync(join(cwd, name), '');
      const { exitCode, stdout, stderr } = await runCli(
        [...submit, '--', 'torchrun', '--nproc-per-node', '1', name],
        { cwd },
      );
      expect(exitCode, stderr).toBe(0);
      const lines = stdout.split(/[\n\r\u2028]/);
      expect(lines.filter((line) => line.startsWith('touch'))).toEqual([]);
      execFileSync('bash', ['-n'], { input: stdout });
    },
  );
});
