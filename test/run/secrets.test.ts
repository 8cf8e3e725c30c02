import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtures, scratch, startCli, trainingEnv, until } from '../support/cli.ts';

const secrets = {
  environment: 'envsecret-9f8e7d6c',
  option: 'optsecret-1a2b3c4d',
  printed: 'hf_printedprintedprinted',
};

test('planted tokens are in no process list but the user’s own command, no log, no file', {
  timeout: 120_000,
}, async () => {
  const directory = scratch();
  const script = join(fixtures, 'training', 'idle.py');
  const { child, processes } = startCli(
    [
      ...[
        'launch',
        '--nodes',
        '2',
        '--run-dir',
        join(directory, 'run'),
        '--env',
        `WANDB_API_KEY=${secrets.option}`,
        '--',
      ],
      ...['torchrun', '--nproc-per-node', '1', script, '--say', secrets.printed],
    ],
    { env: { ...trainingEnv(), HF_TOKEN: secrets.environment } },
  );
  const logs = ['local-1-0.log', 'local-2-1.log'].map((name) => join(directory, 'run', 'logs', name));
  await until('both ranks load', () => logs.every((log) => read(log).includes('loading')), 90);

  // What is passed to the nodes goes over standard input: no agent, launcher or rank shows it.
  const commands = processes()
    .filter((pid) => pid !== child.nodeChildProcess.pid)
    .map((pid) => read(`/proc/${pid}/cmdline`));
  expect(commands.length).toBeGreaterThan(4);
  for (const secret of [secrets.environment, secrets.option]) {
    expect(commands.filter((command) => command.includes(secret))).toEqual([]);
  }

  child.nodeChildProcess.kill('SIGINT');
  const { all } = await child;
  for (const secret of Object.values(secrets)) expect(all).not.toContain(secret);
  const files = readdirSync(join(directory, 'run'), { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  expect(texts.length).toBeGreaterThan(5);
  for (const path of texts) {
    for (const secret of Object.values(secrets)) expect(read(path), path).not.toContain(secret);
  }
  expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o700);
});

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
