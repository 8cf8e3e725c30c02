import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunStatus } from '../../src/run-folder/status.ts';
import { runCli, scratch, startCli, until } from '../support/cli.ts';
import { expectEverythingOnce, orphan, startRun, steps, verdictOf } from '../support/open-ended-training.ts';
import { type Lab, labMissing, labUp } from './lab.ts';

/** The same over SSH, on real hosts: what a closed laptop and a pulled cable leave, and the way back. */
const names = ['lab-1', 'lab-2', 'lab-3'];
let lab: Lab;
beforeAll(async () => {
  if (!labMissing()) lab = await labUp({ hosts: names.length });
});
afterAll(async () => lab?.down());

const why = labMissing();
const onLab = test.skipIf(why !== undefined);
/** As of the other tests on the lab. */
const deadline = { timeout: 120_000 };

function startOnLab(name: string) {
  const directory = scratch();
  const hostfile = join(directory, 'hostfile');
  writeFileSync(hostfile, names.map((host) => `${host} slots=2\n`).join(''));
  const shared = join(lab.shared, name);
  mkdirSync(shared);
  return startRun({
    directory,
    shared,
    where: ['--hostfile', hostfile],
    enter: lab.enter,
  });
}

const left = () => lab.hosts.flatMap(processesOn);

/** Python processes of a run on one host, as its own /proc tells. */
function processesOn({ pid }: { pid: number }): number[] {
  const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
  const proc = `/proc/${first}/root/proc`;
  return readdirSync(proc)
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((id) => {
      try {
        return readFileSync(`${proc}/${id}/environ`, 'latin1').includes('RAMPCHECK_RUN=');
      } catch {
        return false;
      }
    });
}

onLab(`kill -9 of rampcheck after release, and back over ssh${why ? `: ${why}` : ''}`, deadline, async () => {
  const run = startOnLab('one');
  await orphan(run);
  const { env } = run;
  const looked = await runCli(['status', '--json'], { env, enter: lab.enter });
  const status = JSON.parse(looked.stdout) as RunStatus;
  expect(status, looked.stderr).toMatchObject({ state: 'released', attended: null, ranks: { running: 6 } });
  expect(left()).toHaveLength(9);

  const first = startCli(['attach'], { env, enter: lab.enter });
  await until('attached', () => steps(run.run, 'lab-1', 0).length > (status.step ?? 0) + 20);
  first.child.nodeChildProcess.kill('SIGKILL');
  await first.child;
  expect(left()).toHaveLength(9);

  const second = startCli(['attach'], { env, enter: lab.enter });
  const before = steps(run.run, 'lab-1', 0).length;
  await until('attached again', () => steps(run.run, 'lab-1', 0).length > before + 20);
  writeFileSync(run.go, '');
  const { exitCode, all } = await second.child;
  expect(exitCode, all).toBe(0);
  expect(verdictOf(run.run)).toMatchObject({ outcome: 'released', state: 'finished' });
  expectEverythingOnce(run.run, names);
  expect(left()).toEqual([]);
});

onLab(
  'a cable that is pulled after release and put back: nothing is lost, nothing is stopped',
  {
    timeout: 120_000,
  },
  async () => {
    const run = startOnLab('two');
    await until('released', () => existsSync(join(run.run, 'verdict.json')), 60);
    lab.hosts[1]?.cable('out');
    await until('the silence is noticed', () => run.said().includes('lab-2: unreachable'), 90);
    lab.hosts[1]?.cable('in');
    const before = steps(run.run, 'lab-2', 2).length;
    await until('it is in reach again', () => steps(run.run, 'lab-2', 2).length > before + 20, 60);
    writeFileSync(run.go, '');
    const { exitCode, all } = await run.child;
    expect(exitCode, all).toBe(0);
    expectEverythingOnce(run.run, names);
    expect(left()).toEqual([]);
  },
);

onLab('stop of a run whose launcher was killed: no process is left on any host', deadline, async () => {
  const run = startOnLab('three');
  await orphan(run);
  const { exitCode, all } = await runCli(['stop'], { env: run.env, enter: lab.enter });
  expect(exitCode, all).toBe(0);
  expect(all).toContain('on 3 nodes; verified: no process is left');
  expect(left()).toEqual([]);
});
