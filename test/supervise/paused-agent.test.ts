import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readLines, runCli, startCli, until } from '../support/cli.ts';
import { expectEverythingOnce, orphan, startRun, steps, verdictOf } from '../support/open-ended-training.ts';

/** Agents of a released run that do not answer for a while: whoever looks or follows waits, and the run goes on. */
async function withPausedAgents(which: (pids: number[]) => number[]) {
  const run = startRun();
  await orphan(run);
  const ready = readLines<{ type: string; pid: number }>(join(run.run, 'events.jsonl'));
  const paused = which(ready.filter(({ type }) => type === 'ready').map(({ pid }) => pid));
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of paused) process.kill(pid, name);
  };
  onTestFinished(() => {
    try {
      signal('SIGCONT');
    } catch {
      // Ended with its run.
    }
  });
  signal('SIGSTOP');
  return { ...run, proceed: () => signal('SIGCONT'), before: steps(run.run, 'local-1', 0).length };
}

const every = (pids: number[]) => pids;
const second = (pids: number[]) => pids.slice(1);

test.each([
  ['every agent', every],
  ['one agent', second],
])(
  'status, ps and report while %s is stopped write no cause, and attach follows on afterwards',
  async (_, which) => {
    const run = await withPausedAgents(which);
    for (const words of [['status', '--json'], ['ps'], ['report'], ['logs']]) {
      const { exitCode, all } = await runCli(words, { env: run.env });
      expect(exitCode, all).toBe(0);
    }
    const events = readLines<{ type: string }>(join(run.run, 'events.jsonl'));
    expect(events.filter(({ type }) => type === 'fault' || type === 'decided')).toEqual([]);
    run.proceed();
    const attached = startCli(['attach'], { env: run.env });
    await until('it follows', () => steps(run.run, 'local-1', 0).length > run.before + 20);
    writeFileSync(run.go, '');
    const { exitCode, all } = await attached.child;
    expect(exitCode, all).toBe(0);
    expect(verdictOf(run.run)).toMatchObject({ outcome: 'released', state: 'finished' });
    expectEverythingOnce(run.run);
    await until('nothing is left', () => run.processes().length === 0);
  },
  60_000,
);

test.each([
  ['every agent', every],
  ['one agent', second],
])(
  'attach while %s is stopped waits for it: nothing is killed, nothing is lost',
  async (_, which) => {
    const run = await withPausedAgents(which);
    const attached = startCli(['attach'], { env: run.env });
    const log = () => readFileSync(join(run.run, 'rampcheck.log'), 'utf8');
    await until('it has reattached', () => log().includes('reattached'));
    // Longer than a look waits for an answer.
    const since = performance.now();
    await until('some time has passed', () => performance.now() - since > 5000);
    expect(attached.child.nodeChildProcess.exitCode, attached.said()).toBeNull();
    run.proceed();
    await until('it follows', () => steps(run.run, 'local-2', 2).length > run.before + 20);
    writeFileSync(run.go, '');
    const { exitCode, all } = await attached.child;
    expect(exitCode, all).toBe(0);
    expectEverythingOnce(run.run);
    await until('nothing is left', () => run.processes().length === 0);
  },
  60_000,
);

test('stop ends a run whose agent is stopped', async () => {
  const run = await withPausedAgents(second);
  const { exitCode, all } = await runCli(['stop'], { env: run.env });
  expect(exitCode, all).toBe(0);
  expect(verdictOf(run.run)).toMatchObject({ state: 'aborted', exit_code: 143 });
  await until('nothing is left', () => run.processes().length === 0);
}, 90_000);
