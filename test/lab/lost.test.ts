import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/cli.ts';
import { nothingLeft, parentOf, processesOn, startJob } from './job.ts';
import { unanswered } from './network.ts';
import { onLab } from './suite.ts';

/** What is lost before the release ends the run on every node. */
onLab('losses while a run is held', (lab) => {
  const host = (number: number) =>
    lab().hosts[number - 1] as NonNullable<ReturnType<typeof lab>['hosts'][number]>;
  const held = async (words = ['wait']) => {
    const job = startJob(lab(), { words });
    await job.allSay('up');
    return job;
  };
  const agent = (number: number, which: 'agent' | 'watcher') => {
    const found = processesOn(host(number)).filter(({ command }) => command.includes('rampcheck-agent'));
    const [watcher, child] = found.sort((a, b) => a.pid - b.pid);
    return (which === 'agent' ? child?.pid : watcher?.pid) ?? 0;
  };

  test('SIGKILL of an agent: its watcher ends the job there', { timeout: 120_000 }, async () => {
    const job = await held(['ignore-term', 'daemon=unmarked', 'wait']);
    process.kill(agent(2, 'agent'), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('lab-2 was lost: its agent was ended by SIGKILL');
    expect(job.verdict().nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    await nothingLeft(lab().hosts);
  });

  test('SIGKILL of the watcher: the agent ends the job', { timeout: 120_000 }, async () => {
    const job = await held();
    process.kill(agent(2, 'watcher'), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    await nothingLeft(lab().hosts);
  });

  test('SIGKILL of both at once: their node is swept', { timeout: 120_000 }, async () => {
    const job = await held(['ignore-term', 'wait']);
    const [one, two] = [agent(2, 'watcher'), agent(2, 'agent')];
    process.kill(one, 'SIGSTOP');
    process.kill(two, 'SIGKILL');
    process.kill(one, 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    await nothingLeft(lab().hosts);
  });

  test('SIGSTOP of an agent', { timeout: 120_000 }, async () => {
    const job = await held();
    process.kill(agent(2, 'agent'), 'SIGSTOP');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    await nothingLeft(lab().hosts);
  });

  test('SIGSTOP of an agent and of its watcher', { timeout: 120_000 }, async () => {
    const job = await held();
    for (const which of ['watcher', 'agent'] as const) process.kill(agent(2, which), 'SIGSTOP');
    const { exitCode, all, seconds } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('lab-2 was lost: nothing was heard from its agent for 15 s');
    expect(seconds).toBeLessThan(60);
    await nothingLeft(lab().hosts);
  });

  test("SIGKILL of sshd's session", { timeout: 120_000 }, async () => {
    const job = await held();
    process.kill(parentOf(agent(2, 'watcher')), 'SIGKILL');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    await nothingLeft(lab().hosts);
  });

  test('kill -9 of rampcheck', { timeout: 120_000 }, async () => {
    const job = await held(['ignore-term', 'wait']);
    job.kill('SIGKILL');
    await job.done;
    await nothingLeft(lab().hosts);
  });

  test('a cable that is pulled and put back is no loss', { timeout: 120_000 }, async () => {
    const job = await held();
    host(7).cable('out');
    // 0.2 s, 0.4 s, 0.8 s and 1.6 s after each other.
    await until('the network has not answered four times', () => unanswered(host(7)) >= 4);
    const before = job.events().length;
    host(7).cable('in');
    await until('it answers', () => unanswered(host(7)) === 0);
    expect(job.events().length).toBe(before);
    job.kill('SIGINT');
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(130);
    expect(job.verdict().nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    await nothingLeft(lab().hosts);
  });

  test('a cable that stays out: both sides stop by themselves', { timeout: 120_000 }, async () => {
    const job = await held();
    host(7).cable('out');
    onTestFinished(() => host(7).cable('in'));
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('lab-7 was lost');
    expect(job.verdict().nodes.map(({ nothing_left }) => nothing_left)).toEqual(
      lab().hosts.map((each) => each !== host(7)),
    );
    await nothingLeft(lab().hosts, 30);
  });

  test('a node that loses its power', { timeout: 120_000 }, async () => {
    const job = await held();
    host(8).powerOff();
    const { exitCode, all } = await job.done;
    expect(exitCode, all).toBe(92);
    expect(all).toContain('lab-8 was lost');
    await nothingLeft(lab().hosts.slice(0, 7));
  });
});
