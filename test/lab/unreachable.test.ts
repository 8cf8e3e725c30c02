import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/cli.ts';
import { nothingLeft, startJob } from './job.ts';
import type { LabHost } from './lab.ts';
import { onLab } from './suite.ts';

/** A node that cannot be reached refuses the whole launch before anything is started, in ssh's words, with what to do. */
onLab('nodes that cannot be reached', (lab) => {
  const host = (number: number) => lab().hosts[number - 1] as LabHost;
  const both = ['builtin', 'system'] as const;

  /** Changes a host's sshd for one test. */
  function configure(number: number, text: string): Promise<void> {
    const path = join(lab().folder, `host-${number}`, 'sshd_config');
    const before = readFileSync(path, 'utf8');
    const log = join(lab().folder, `host-${number}`, 'sshd.log');
    const listened = () => readFileSync(log, 'utf8').split('Server listening').length;
    const set = async (config: string) => {
      const times = listened();
      writeFileSync(path, config);
      restart(host(number));
      await until('its sshd listens again', () => listened() >= times + 2, 10);
    };
    onTestFinished(() => set(before));
    // The first value counts.
    return set(`${text}\n${before}`);
  }

  /** Changes a file of this machine's lab for one test. */
  function change(name: string, text: (before: string) => string): void {
    const path = join(lab().folder, name);
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, text(before));
    onTestFinished(() => writeFileSync(path, before));
  }

  const launch = async (ssh: string) => {
    const { exitCode, all, seconds } = await startJob(lab(), { words: ['wait'], options: ['--ssh', ssh] })
      .done;
    await nothingLeft(lab().hosts.filter(({ name }) => name !== 'lab-9'));
    return { exitCode, all, seconds };
  };

  test.for(both)('%s: an unknown key', { timeout: 60_000 }, async (ssh) => {
    change('known_hosts', (text) => text.replace(/^lab-3,.*\n/m, ''));
    const { exitCode, all } = await launch(ssh);
    expect(exitCode, all).toBe(91);
    expect(all).toMatch(/lab-3 cannot be reached: .*[Hh]ost key.* \[ssh-host-key-unknown\]/);
    expect(all).toContain('ssh-keyscan -H lab-3 >> ~/.ssh/known_hosts');
  });

  test.for(both)('%s: another key than the one that is known', { timeout: 60_000 }, async (ssh) => {
    const [, foreign = ''] =
      /^lab-4,\S+ (.*)$/m.exec(readFileSync(join(lab().folder, 'known_hosts'), 'utf8')) ?? [];
    change('known_hosts', (text) => text.replace(/^(lab-3,\S+) .*$/m, `$1 ${foreign}`));
    const { exitCode, all } = await launch(ssh);
    expect(exitCode, all).toBe(91);
    expect(all).toContain('[ssh-host-key-changed]');
    expect(all).toContain("ssh-keygen -R 'lab-3'");
    if (ssh === 'builtin') expect(all).toMatch(/known_hosts:3/);
  });

  test.for(both)('%s: wrong permissions of authorized_keys', { timeout: 60_000 }, async (ssh) => {
    const keys = join(lab().folder, 'host-2', 'authorized_keys');
    copyFileSync(join(lab().folder, 'authorized_keys'), keys);
    chmodSync(keys, 0o666);
    await configure(2, `StrictModes yes\nAuthorizedKeysFile ${keys}`);
    const { exitCode, all } = await launch(ssh);
    expect(exitCode, all).toBe(91);
    expect(all).toMatch(
      /lab-2 cannot be reached: .*(Permission denied|authentication methods failed).*\[ssh-auth\]/,
    );
  });

  test.for(both)(
    '%s: a node that takes the connection and says nothing',
    { timeout: 60_000 },
    async (ssh) => {
      const silent = await silentServer();
      change('ssh_config', (text) => `Host lab-5\n  HostName 127.0.0.1\n  Port ${silent}\n\n${text}`);
      const { exitCode, all, seconds } = await launch(ssh);
      expect(exitCode, all).toBe(91);
      expect(all).toMatch(/lab-5 cannot be reached: .*[Tt]imed out.*\[ssh-timeout\]/);
      expect(seconds).toBeLessThan(30);
    },
  );

  test.for(both)(
    '%s: several at once are all named, with the line that leaves them out',
    { timeout: 60_000 },
    async (ssh) => {
      change('hosts', (text) => text.replace(/^.*lab-6$/m, ''));
      change('ssh_config', (text) => `Host lab-7\n  Port 23\n\n${text}`);
      const { exitCode, all } = await launch(ssh);
      expect(exitCode, all).toBe(91);
      expect(all).toContain('2 of 8 nodes cannot be reached');
      expect(all).toMatch(/lab-7 cannot be reached: .*(refused|ECONNREFUSED)/);
      expect(all).toContain('--exclude lab-6@lab-7');
    },
  );

  test.for(both)('%s: no Python', { timeout: 60_000 }, async (ssh) => {
    await configure(1, 'SetEnv PATH=/nowhere');
    const { exitCode, all } = await launch(ssh);
    expect(exitCode, all).toBe(90);
    expect(all).toMatch(/lab-1: .*python3: (command )?not found/);
    expect(all).toContain('preflight-failed');
  });

  test('Ctrl-C while a node does not answer', { timeout: 60_000 }, async () => {
    const silent = await silentServer();
    change('ssh_config', (text) => `Host lab-5\n  HostName 127.0.0.1\n  Port ${silent}\n\n${text}`);
    const job = startJob(lab(), { words: ['wait'] });
    await until('it is waiting', () => connections > 0, 30);
    job.kill('SIGINT');
    const { exitCode, all, seconds } = await job.done;
    expect(exitCode, all).toBe(130);
    expect(seconds).toBeLessThan(9);
    await nothingLeft(lab().hosts);
  });

  test.for([1, 2])(
    'Ctrl-C %i × while ranks start, and while they are held',
    { timeout: 60_000 },
    async (times) => {
      for (const stage of ['started', 'rank']) {
        const job = startJob(lab(), { words: ['ignore-term', 'wait'] });
        await job.seen(stage, 1);
        for (let i = 0; i < times; i++) job.kill('SIGINT');
        const { exitCode, all } = await job.done;
        expect(exitCode, all).toBe(130);
        await nothingLeft(lab().hosts);
      }
    },
  );

  test('a clock that is two minutes off is none of the run\u2019s business', {
    timeout: 60_000,
  }, async () => {
    const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
    await configure(2, `SetEnv LD_PRELOAD=${library} FAKETIME=+120s`);
    const job = startJob(lab(), { words: ['meet', 'mismatch'] });
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(93);
    const clocks = job
      .events()
      .flatMap((event) =>
        event.type === 'rank' && event.event.type === 'hello' ? [Number(event.event.time)] : [],
      );
    expect(Math.max(...clocks) - Math.min(...clocks)).toBeGreaterThan(100e9);
    expect(job.verdict().ranks).toEqual({ total: 8, agreeing: 8 });
    await nothingLeft(lab().hosts);
  });

  let connections = 0;
  async function silentServer(): Promise<number> {
    connections = 0;
    const server: Server = createServer(() => {
      connections++;
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    return (server.address() as { port: number }).port;
  }

  function restart({ enter }: LabHost): void {
    const [program = '', ...args] = [...enter, 'kill', '-HUP', '1'];
    execaSync(program, args);
  }
});
