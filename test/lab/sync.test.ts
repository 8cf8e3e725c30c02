import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { rsyncWords } from '../../src/executors/ssh/sync.ts';
import { root } from '../support/cli.ts';
import { startJob } from './job.ts';
import type { LabHost } from './lab.ts';
import { onLab } from './suite.ts';

test('names reach no shell: rsync is told where to go in words of its own', () => {
  const words = rsyncWords("/w/it's $HOME", { name: 'fd77::1', user: 'me', port: 2222 }, "/c/it's");
  expect(words.slice(-2)).toEqual(["/w/it's $HOME/", "[fd77::1]:/w/it's $HOME/"]);
  expect(words).toContain('-s');
  expect(words).toContain("--rsh=ssh -x -a -o BatchMode=yes -F '/c/it''s' -l me -p 2222");
});

/** Every host of the lab has a /tmp of its own: a folder there is on this machine alone. */
onLab('a working directory that the nodes lack', (lab) => {
  const scriptedRanks = join(root, 'test', 'lab', 'scripted-ranks');

  const job = async (name: string, options: readonly string[]) => {
    const cwd = mkdtempSync(join(tmpdir(), name));
    copyFileSync(join(scriptedRanks, 'rank.py'), join(cwd, 'rank.py'));
    mkdirSync(join(cwd, 'rampcheck-runs'));
    writeFileSync(join(cwd, 'rampcheck-runs', 'old'), '');
    const hosts = lab().hosts.slice(0, 3);
    onTestFinished(async () => {
      rmSync(cwd, { recursive: true });
      for (const host of hosts) await on(host, ['rm', '-rf', cwd]);
    });
    const env = [
      `PATH=${scriptedRanks}:/usr/local/bin:/usr/bin:/bin`,
      `MEET=${join(lab().shared, 'meet-sync')}`,
    ];
    const { done } = startJob(lab(), {
      cwd,
      hosts,
      command: ['torchrun', '--nproc-per-node', '1', 'rank.py', 'mismatch'],
      options: [...env.flatMap((value) => ['--env', value]), ...options],
    });
    const { exitCode, all } = await done;
    return { cwd, hosts, exitCode, all };
  };
  const on = async ({ enter }: Pick<LabHost, 'enter'>, words: readonly string[]) => {
    const [program = '', ...args] = [...enter, ...words];
    return (await execa(program, args, { reject: false })).stdout;
  };

  test('is named before anything starts', { timeout: 60_000 }, async () => {
    const { exitCode, all, cwd } = await job('rampcheck-lacks-', []);
    expect(exitCode, all).toBe(90);
    expect(all).toContain(cwd);
    expect(all).toContain('--sync');
  });

  test.for(['rampcheck-sync-', "rampcheck it's $(touch gone) -"])(
    'is copied to every node with --sync: %s',
    { timeout: 60_000 },
    async (name) => {
      const { exitCode, all, cwd, hosts } = await job(name, ['--sync']);
      expect(exitCode, all).toBe(93);
      expect(all).toContain('copying');
      for (const host of hosts) expect(await on(host, ['ls', cwd])).toBe('rank.py');
      expect(existsSync(join(root, 'gone'))).toBe(false);
    },
  );

  test('a node on which it fails: nothing is started, in its words', { timeout: 60_000 }, async () => {
    const [first] = lab().hosts;
    if (!first) throw new Error('the lab has no host');
    await on(first, ['mount', '-o', 'remount,ro', '/tmp']);
    onTestFinished(async () => void (await on(first, ['mount', '-o', 'remount,rw', '/tmp'])));
    const { exitCode, all } = await job('rampcheck-refused-', ['--sync']);
    expect(exitCode, all).toBe(90);
    expect(all).toMatch(/cannot be copied to 1 of 3 nodes:\s+lab-1: mkdir: .*Read-only file system/);
    expect(all).toContain('[sync-failed]');
  });

  test('a node without rsync is named', { timeout: 60_000 }, async () => {
    const [, second] = lab().hosts;
    if (!second) throw new Error('the lab has one host');
    await on(second, ['mount', '--bind', '/dev/null', '/usr/bin/rsync']);
    onTestFinished(async () => void (await on(second, ['umount', '/usr/bin/rsync'])));
    const { exitCode, all } = await job('rampcheck-without-', ['--sync']);
    expect(exitCode, all).toBe(90);
    expect(all).toMatch(/cannot be copied to 1 of 3 nodes:\s+lab-2: rsync is not installed/);
  });
});
