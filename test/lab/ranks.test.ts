import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { findOn, nothingLeft, startJob } from './job.ts';
import { onLab } from './suite.ts';

/** What ranks and launchers do to a held run. 64 scripted ranks where the number matters, one a host elsewhere. */
onLab('ranks of a held run on eight hosts', (lab) => {
  const host = (number: number) =>
    lab().hosts[number - 1] as NonNullable<ReturnType<typeof lab>['hosts'][number]>;

  const RANK = '-u /';

  test('a mismatch in all of 64 ranks', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { ranks: 8, words: ['meet', 'mismatch'] });
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(93);
    const verdict = job.verdict();
    expect(verdict).toMatchObject({
      outcome: 'aborted',
      ranks: { total: 64, agreeing: 64 },
      nodes: lab().hosts.map(({ name }) => ({ name, nothing_left: true })),
    });
    expect(verdict.seconds_to_stop).toBeLessThan(10);
    await nothingLeft(lab().hosts);
  });

  test('ranks that ignore TERM, and daemons that leave parent, session and environment', {
    timeout: 120_000,
  }, async () => {
    const words = ['ignore-term', 'daemon=marked', 'daemon=unmarked', 'meet', 'mismatch'];
    const job = startJob(lab(), { ranks: 2, words });
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(93);
    // A rank, and two daemons of two processes each, for every rank.
    for (const { processes_stopped } of job.verdict().nodes)
      expect(processes_stopped).toBeGreaterThanOrEqual(11);
    await nothingLeft(lab().hosts);
  });

  test('SIGKILL of one rank stops all the others', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { ranks: 2, words: ['wait'] });
    await job.allSay('up');
    process.kill(findOn(host(5), RANK), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(1);
    expect(job.verdict()).toMatchObject({
      outcome: 'unverified',
      state: 'failed',
      root_cause: { node: 'lab-5' },
    });
    await nothingLeft(lab().hosts);
  });

  test('SIGKILL of one launcher stops all the others', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { ranks: 2, words: ['wait'] });
    await job.allSay('up');
    process.kill(findOn(host(3), 'scripted-ranks/torchrun'), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(1);
    expect(job.verdict().root_cause).toMatchObject({
      node: 'lab-3',
      error: 'the launcher was ended by SIGKILL',
    });
    await nothingLeft(lab().hosts);
  });

  test('SIGSTOP of one rank', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { words: ['wait'] });
    await job.allSay('up');
    process.kill(findOn(host(4), RANK), 'SIGSTOP');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('rank 3 has been stopped (SIGSTOP) for 10 s');
    await nothingLeft(lab().hosts);
  });

  test('SIGSTOP of a launcher', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { words: ['wait'] });
    await job.allSay('up');
    process.kill(findOn(host(4), 'scripted-ranks/torchrun'), 'SIGSTOP');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('the launcher has been stopped (SIGSTOP) for 10 s');
    await nothingLeft(lab().hosts);
  });

  test('200 MB/s of output hide nothing and stop nothing', { timeout: 180_000 }, async () => {
    const job = startJob(lab(), { words: ['meet', 'flood=2', '7@mismatch', 'wait'], options: ['--quiet'] });
    const { exitCode, all } = await job.done;
    expect(exitCode, all.slice(-2000)).toBe(93);
    expect(job.verdict().first_difference).toMatchObject({ rank: 7, node: 'lab-8' });
    await nothingLeft(lab().hosts);
  });

  test('binary output and half a character', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { words: ['garbage', 'meet', 'mismatch'] });
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(93);
    const log = readFileSync(join(job.run, 'logs', 'lab-2-1.log'), 'utf8');
    expect(log).toContain('half: \ufffd\n');
    expect(log).toContain('\ufffdafter\n');
  });

  test('a node whose /tmp is full takes another folder', { timeout: 120_000 }, async () => {
    onHost(6, FILL);
    const job = startJob(lab(), { words: ['wait'] });
    await job.allSay('up');
    job.kill('SIGINT');
    expect(await job.done).toMatchObject({ exitCode: 130 });
    onHost(6, 'rm /tmp/filler');
    await nothingLeft(lab().hosts);
  });

  test('a disk that fills up while a run is held is named', { timeout: 120_000 }, async () => {
    const job = startJob(lab(), { words: ['count=/no/such/file'] });
    await job.allSay('000010');
    onHost(6, FILL);
    const { exitCode, all } = await job.done;
    onHost(6, 'rm /tmp/filler');
    expect(exitCode, all).toBe(1);
    expect(job.verdict().root_cause).toMatchObject({
      node: 'lab-6',
      error: expect.stringContaining('No space left on device'),
    });
    await nothingLeft(lab().hosts);
  });

  const FILL = 'dd if=/dev/zero of=/tmp/filler bs=1M 2>/dev/null; true';
  function onHost(number: number, script: string): void {
    const [program = '', ...args] = [...host(number).enter, 'sh', '-c', script];
    execaSync(program, args);
  }
});
