import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJson, runCli, scratch, until } from '../support/cli.ts';
import { orphan, startRun } from '../support/open-ended-training.ts';

/** What stands in a run's folder is run: on nodes its Python, here the way to its nodes. It must be this user's own. */
const NOBODY = 65_534;
const launch = (folder: string) => ['launch', '--run-dir', folder, '--', 'python3', 'train.py'];

test.each<[string, (folder: string) => void, RegExp]>([
  ['everybody can write to', (folder) => chmodSync(folder, 0o777), /is writable by others/],
  [
    'everybody can write to, and only owners delete in',
    (folder) => chmodSync(folder, 0o1777),
    /is writable by others/,
  ],
  ['its group can write to', (folder) => chmodSync(folder, 0o770), /is writable by others/],
])('a folder that %s is no folder of a run: nothing starts', async (_, share, message) => {
  const folder = join(scratch(), 'shared');
  mkdirSync(folder);
  share(folder);
  writeFileSync(join(folder, '..', 'train.py'), '');
  const { exitCode, stderr } = await runCli(launch(folder), { cwd: join(folder, '..') });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('[run-dir-shared]');
  expect(existsSync(join(folder, 'run.json'))).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)("another user's folder is no folder of a run", async () => {
  const folder = join(scratch(), 'theirs');
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, NOBODY, NOBODY);
  writeFileSync(join(folder, '..', 'train.py'), '');
  const { exitCode, stderr } = await runCli(launch(folder), { cwd: join(folder, '..') });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('belongs to another user');
});

/** A released run whose nodes are reached with an SSH configuration of the sender's. */
async function sent(engine: 'ssh' | 'slurm') {
  const run = startRun();
  await orphan(run);
  writeFileSync(run.go, '');
  await until('its training has ended', () => run.processes().length === 0);
  const folder = join(scratch(), 'sent');
  cpSync(run.run, folder, { recursive: true });
  const marker = join(folder, 'was-run');
  const config = join(folder, 'config');
  writeFileSync(config, `Host *\n  ProxyCommand touch ${marker}\n`);
  const edit = (name: string, change: (document: Record<string, unknown>) => object) => {
    const document = readJson<Record<string, unknown>>(join(folder, name));
    writeFileSync(join(folder, name), JSON.stringify({ ...document, ...change(document) }));
  };
  edit('run.json', () => ({ way: { ssh: 'system', sshConfig: config } }));
  edit('job.json', () => ({ executor: 'ssh' }));
  if (engine === 'slurm') {
    const login = `-oProxyCommand=touch ${marker}`;
    const batch = { engine, job: '7', phase: 'running', words: 'RUNNING', login };
    writeFileSync(join(folder, 'batch.json'), JSON.stringify(batch));
  }
  return { folder, marker, env: run.env };
}

test.each(['ssh', 'slurm'] as const)(
  'a folder that somebody sent (%s) is shown, and nothing that it names is run',
  async (engine) => {
    const { folder, marker, env } = await sent(engine);
    const events = readFileSync(join(folder, 'events.jsonl'), 'utf8');
    for (const command of ['status', 'logs', 'report']) {
      const { exitCode, all } = await runCli([command, folder], { env });
      expect(exitCode, `${command}: ${all}`).toBe(0);
    }
    for (const command of ['attach', 'stop']) {
      const { exitCode, stderr } = await runCli([command, folder], { env });
      expect(exitCode, command).toBe(2);
      expect(stderr).toContain('is not registered as one of your runs');
      expect(stderr).toContain('[run-not-registered]');
    }
    expect(existsSync(marker)).toBe(false);
    expect(readFileSync(join(folder, 'events.jsonl'), 'utf8')).toBe(events);
  },
  60_000,
);

test('a folder of an own run, named by its path, is contacted', async () => {
  const run = startRun();
  await orphan(run);
  writeFileSync(run.go, '');
  await until('its training has ended', () => run.processes().length === 0);
  const { stdout } = await runCli(['status', '--json', run.run], { env: run.env });
  expect(JSON.parse(stdout)).toMatchObject({ state: 'finished' });
}, 60_000);
