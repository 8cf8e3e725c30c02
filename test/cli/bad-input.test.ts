import { readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { runCli } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const files = {
  'text.json': 'not json\n',
  'comma.json': '{\n  "a": 1,\n}\n',
  'list.json': '[]\n',
  'empty-hosts': '# nobody yet\n',
  'double-hosts': 'a slots=8\nb slots=8\na slots=8\n',
  'odd-hosts': 'a slots=8\nb slots=8x\n',
};

interface BadInput {
  what: string;
  options?: string;
  command: string;
  code: string;
  at?: string;
  says: string;
}

const cases: BadInput[] = [
  {
    what: 'script missing',
    command: 'deepspeed tain.py',
    code: 'script-missing',
    at: 'tain.py',
    says: "'tain.py' does not exist",
  },
  {
    what: 'DeepSpeed config missing',
    command: 'deepspeed train.py --deepspeed no.json',
    code: 'deepspeed-config-missing',
    at: 'no.json',
    says: "'no.json' does not exist",
  },
  {
    what: 'DeepSpeed config not JSON',
    command: 'deepspeed train.py --deepspeed text.json',
    code: 'deepspeed-config-not-json',
    at: 'text.json:1:1',
    says: 'not JSON',
  },
  {
    what: 'DeepSpeed config with a trailing comma',
    command: 'deepspeed train.py --deepspeed=comma.json',
    code: 'deepspeed-config-not-json',
    at: 'comma.json:3:1',
    says: 'does not allow a comma before a closing bracket',
  },
  {
    what: 'DeepSpeed config not an object',
    command: 'torchrun train.py --deepspeed list.json',
    code: 'deepspeed-config-not-object',
    at: 'list.json:1:1',
    says: 'an array, not an object',
  },
  {
    what: 'hostfile missing',
    command: 'deepspeed --hostfile nohosts train.py',
    code: 'hostfile-missing',
    at: 'nohosts',
    says: "'nohosts' does not exist",
  },
  {
    what: 'hostfile missing (own option)',
    options: '--hostfile nohosts',
    command: 'torchrun train.py',
    code: 'hostfile-missing',
    at: 'nohosts',
    says: "'nohosts' does not exist",
  },
  {
    what: 'hostfile empty',
    command: 'deepspeed --hostfile empty-hosts train.py',
    code: 'hostfile-empty',
    at: 'empty-hosts',
    says: 'lists no host',
  },
  {
    what: 'hostfile with a duplicate host',
    command: 'deepspeed -H double-hosts train.py',
    code: 'hostfile-duplicate',
    at: 'double-hosts:3:1',
    says: "'a' is listed twice, first on line 1",
  },
  {
    what: 'hostfile with slots=8x',
    command: 'deepspeed -H odd-hosts train.py',
    code: 'hostfile-line',
    at: 'odd-hosts:2:9',
    says: "write 'b slots=8'",
  },
  {
    what: 'launcher flags after the script',
    command: 'deepspeed train.py --num_gpus 8 --x',
    code: 'launcher-flag-misplaced',
    says: 'deepspeed --num_gpus 8 train.py --x',
  },
  {
    what: 'launcher flags after the script (torchrun)',
    command: 'torchrun train.py --nnodes=2',
    code: 'launcher-flag-misplaced',
    says: 'torchrun --nnodes=2 train.py',
  },
  {
    what: '--nodes 0',
    options: '--nodes 0',
    command: 'deepspeed train.py',
    code: 'bad-option',
    says: "--nodes needs a whole number of at least 1, not '0'",
  },
  {
    what: 'unknown option',
    options: '--hostfil hosts',
    command: 'deepspeed train.py',
    code: 'unknown-option',
    says: 'did you mean --hostfile',
  },
  {
    what: '--hold-steps 0',
    options: '--hold-steps 0',
    command: 'deepspeed train.py',
    code: 'bad-option',
    says: "not '0'",
  },
  {
    what: '--hold-steps some',
    options: '--hold-steps some',
    command: 'deepspeed train.py',
    code: 'bad-option',
    says: "'auto' or a positive whole number, not 'some'",
  },
  { what: 'no command after --', command: '', code: 'no-command', says: "no command after '--'" },
  {
    what: 'unknown launcher',
    command: 'deepsped train.py',
    code: 'launcher-unknown',
    says: 'did you mean deepspeed',
  },
  {
    what: 'unknown launcher flag',
    command: 'torchrun --nprocs-per-node 2 train.py',
    code: 'launcher-flag-unknown',
    says: 'did you mean --nproc-per-node',
  },
  {
    what: 'more nodes than hosts',
    options: '--nodes 3 --hostfile two',
    command: 'deepspeed train.py',
    code: 'too-few-hosts',
    at: 'two',
    says: 'requests 3 nodes',
  },
  {
    what: 'nodes without names',
    command: 'torchrun --nnodes 2 train.py',
    code: 'no-hosts',
    says: 'does not name them',
  },
  {
    what: 'a learning rate that is none',
    command: 'torchrun train.py --learning_rate fast',
    code: 'training-argument',
    says: "not 'fast'",
  },
];

/** `launch` runs as a process of its own: nothing may be left of it. */
test.each(cases)('launch: $what', async (bad) => {
  const cwd = folderWith({ ...files, two: 'a slots=1\nb slots=1\n' });
  const before = readdirSync(cwd).sort();
  const { exitCode, stdout, stderr, left } = await runCli(argvOf('launch', bad), { cwd });
  expectRefusal(bad, { exitCode, stdout, stderr });
  expect(left).toEqual([]);
  expect(readdirSync(cwd).sort()).toEqual(before);
});

test.each(cases.flatMap((bad) => ['check', 'plan'].map((name) => ({ ...bad, name }))))(
  '$name: $what',
  async (bad) => {
    const cwd = folderWith({ ...files, two: 'a slots=1\nb slots=1\n' });
    const before = readdirSync(cwd).sort();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const context = { cwd, env: {}, stdout, stderr, interactive: false, color: false, columns: 80 };
    const exitCode = await run(argvOf(bad.name, bad), '0', context);
    expectRefusal(bad, {
      exitCode,
      stdout: String(stdout.read() ?? ''),
      stderr: String(stderr.read() ?? ''),
    });
    expect(readdirSync(cwd).sort()).toEqual(before);
  },
);

function argvOf(name: string, { options, command }: BadInput): string[] {
  return [name, ...(options?.split(' ') ?? []), '--', ...(command === '' ? [] : command.split(' '))];
}

interface Outcome {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** Exit 2 and one message: its first line is rampcheck's, and nothing else is printed anywhere. */
function expectRefusal({ code, at, says }: BadInput, { exitCode, stdout, stderr }: Outcome): void {
  expect(stderr).toContain(`[${code}]`);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
  if (at) expect(stderr.split('\n')).toContain(`  at ${at}`);
  expect(stderr.match(/^rampcheck: /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at .*\.ts:/);
  expect(stdout).toBe('');
}

test('with --json the error is the document', async () => {
  const { exitCode, stdout, stderr } = await runCli(
    ['plan', '--json', '--', 'deepspeed', '-H', 'odd-hosts', 'train.py'],
    {
      cwd: folderWith(files),
    },
  );
  expect(exitCode).toBe(2);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'hostfile-line', location: { file: 'odd-hosts', line: 2, column: 9 } },
  });
});
