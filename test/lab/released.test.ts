import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { until } from '../support/cli.ts';
import { findOn, nothingLeft, processesOn, startJob } from './job.ts';
import type { LabHost } from './lab.ts';
import { onLab } from './suite.ts';

/** What happens to nodes and to other jobs once a run trains. */
onLab('released runs on eight hosts', (lab) => {
  const host = (number: number) => lab().hosts[number - 1] as LabHost;
  const RANK = '-u /';

  async function released(name: string, ranks = 1) {
    const go = join(lab().shared, name);
    const job = startJob(lab(), { ranks, words: ['release', `train=${go}`] });
    await job.allSay('released');
    return { job, go: () => writeFileSync(go, '') };
  }

  test('trains to its end', { timeout: 120_000 }, async () => {
    const { job, go } = await released('to-its-end', 2);
    go();
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(0);
    expect(job.verdict()).toMatchObject({
      outcome: 'released',
      state: 'finished',
      ranks: { total: 16, agreeing: 16 },
    });
    await nothingLeft(lab().hosts);
  });

  test('SIGKILL of a rank stops all the others', { timeout: 120_000 }, async () => {
    const { job } = await released('a-rank');
    process.kill(findOn(host(6), RANK), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(1);
    expect(job.verdict()).toMatchObject({
      outcome: 'released',
      state: 'failed',
      root_cause: { node: 'lab-6' },
    });
    await nothingLeft(lab().hosts);
  });

  test('a disk that fills up costs what would have been kept, never the training', {
    timeout: 120_000,
  }, async () => {
    const end = join(lab().shared, 'enough');
    const job = startJob(lab(), { words: ['release', `count=${end}`] });
    await job.allSay('000010');
    onHost(6, 'dd if=/dev/zero of=/tmp/filler bs=1M 2>/dev/null; true');
    const lines = () => readFileSync(join(job.run, 'logs', 'lab-1-0.log'), 'utf8').split('\n').length;
    const before = lines();
    await until('a hundred more lines of another host', () => lines() > before + 100);
    writeFileSync(end, '');
    const { exitCode, all } = await job.done;
    onHost(6, 'rm /tmp/filler');
    expect(exitCode, all).toBe(0);
    expect(job.verdict()).toMatchObject({ outcome: 'released', state: 'finished' });
    await nothingLeft(lab().hosts);
  });

  test('kill -9 of rampcheck leaves the training alone', { timeout: 120_000 }, async () => {
    const { job, go } = await released('rampcheck');
    job.kill('SIGKILL');
    await job.done;
    for (const each of lab().hosts) expect(findOn(each, RANK)).toBeGreaterThan(0);
    go();
    await until(
      'the training has ended by itself',
      () => lab().hosts.every((each) => processesOn(each).length === 0),
      30,
    );
  });

  test('two jobs on the same nodes: stopping one leaves the other alone', { timeout: 120_000 }, async () => {
    const one = await released('one');
    const two = startJob(lab(), { words: ['wait'] });
    await two.allSay('up');
    two.kill('SIGINT');
    expect(await two.done).toMatchObject({ exitCode: 130 });
    for (const each of lab().hosts) expect(findOn(each, RANK)).toBeGreaterThan(0);
    expect(one.job.events().filter(({ type }) => type === 'exited')).toEqual([]);
    one.go();
    expect(await one.job.done).toMatchObject({ exitCode: 0 });
  });

  test('Ctrl-C stops every process on every node', { timeout: 120_000 }, async () => {
    const { job } = await released('ctrl-c');
    job.kill('SIGINT');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(130);
    expect(job.verdict().nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
  });

  function onHost(number: number, script: string): void {
    const [program = '', ...args] = [...host(number).enter, 'sh', '-c', script];
    execaSync(program, args);
  }
});
