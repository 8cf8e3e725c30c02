import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { root, scratch, until } from '../support/cli.ts';
import { openEnded, openEndedEnv, verdictOf } from '../support/open-ended-training.ts';

/** Whatever becomes of a command's own output, a training that it started is held, released and counted as ever. */
const program = [process.execPath, join(root, 'src', 'cli', 'main.ts')];

/** Of two nodes with two ranks each. The file `go` ends it. */
function training(directory: string): string[] {
  return [
    ...['launch', '--nodes', '2', '--run-dir', join(directory, 'run'), '--'],
    ...[join(openEnded, 'torchrun'), '--nproc-per-node', '2', join(openEnded, 'train.py')],
    ...['--until', join(directory, 'go'), '--lr_scheduler_type', 'cosine', '--learning_rate', '1e-5'],
  ];
}

test.each([
  ['a reader that takes one line of both streams', '"$@" 2>&1 | head -1 > /dev/null'],
  ['a reader that takes nothing', '"$@" 2>&1 | true'],
  ['a full disk under standard output', '"$@" > /dev/full'],
  ['a full disk under standard error', '"$@" 2> /dev/full'],
  ['a full disk under both', '"$@" > /dev/full 2>&1'],
  ['closed streams', '"$@" >&- 2>&-'],
])(
  'a training ends with its own exit code, with %s',
  async (_, script) => {
    const directory = scratch();
    writeFileSync(join(directory, 'go'), '');
    const words = ['-o', 'pipefail', '-c', script, 'bash', ...program, ...training(directory)];
    const { exitCode } = await execa('bash', words, { env: openEndedEnv(directory), reject: false });
    expect(exitCode).toBe(0);
    expect(verdictOf(join(directory, 'run'))).toMatchObject({
      outcome: 'released',
      state: 'finished',
      exit_code: 0,
    });
  },
  60_000,
);

test('a terminal that is closed while a run is held ends it as interrupted, with a verdict', async () => {
  const directory = scratch();
  // script(1) gives the command a terminal of its own, and takes it away when it is killed.
  const held = [...training(directory), '--held'].join(' ');
  const words = ['-qec', [...program, held].join(' '), '/dev/null'];
  const terminal = execa('script', words, {
    env: { ...openEndedEnv(directory), TERM: 'xterm' },
    reject: false,
  });
  const events = join(directory, 'run', 'events.jsonl');
  const ranks = () => readFileSync(events, 'utf8').match(/"hello"/g)?.length;
  await until('every rank is held', () => existsSync(events) && ranks() === 4);
  terminal.kill('SIGKILL');
  await terminal;
  await expect
    .poll(() => verdictOf(join(directory, 'run')), { timeout: 20_000 })
    .toMatchObject({ state: 'aborted', exit_code: 130 });
}, 60_000);

test.each(['curve', 'plan', 'check', 'hosts'])(
  '%s says that its output is lost, and ends with 2',
  async (name) => {
    const directory = scratch();
    writeFileSync(join(directory, 'hosts'), 'a slots=2\n');
    const words = {
      curve: ['curve', 'torch:StepLR', '--lr', '1', '--params', '{"step_size":1}', '--count', '9'],
      plan: ['plan', '--', 'torchrun', '--nproc-per-node', '1', 'train.py', '--max_steps', '9'],
      check: ['check', '--json', '--', 'torchrun', '--nproc-per-node', '1', 'train.py'],
      hosts: ['hosts', 'hosts'],
    }[name];
    writeFileSync(join(directory, 'train.py'), '');
    const full = ['-c', '"$@" > /dev/full', 'bash', ...program, ...(words ?? [])];
    const { exitCode, stderr } = await execa('bash', full, { cwd: directory, reject: false });
    expect(stderr).toContain('[output-lost]');
    expect(stderr).toContain('no space left on device');
    expect(stderr).not.toContain('bug in rampcheck');
    expect(exitCode).toBe(2);
  },
);

test('a reader that has seen enough of a plan is no error', async () => {
  const words = ['-o', 'pipefail', '-c', '"$@" | head -1', 'bash', ...program, '--help'];
  const { exitCode, stderr } = await execa('bash', words, { reject: false });
  expect([exitCode, stderr]).toEqual([0, '']);
});
