import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { labMissing } from '../lab/lab.ts';
import { slurmMissing } from '../lab/slurm.ts';
import { readJson, until } from '../support/cli.ts';
import { processesOf } from '../support/processes.ts';
import { type Cluster, clusterUp, type Queued, training } from './slurm-lab.ts';

/** Real Slurm on eight real hosts. Ranks are stand-ins without torch: what is tested here is around them. */
const missing = labMissing() ?? slurmMissing();

describe.skipIf(missing !== undefined)(`Slurm${missing ? ` (${missing})` : ''}`, { timeout: 180_000 }, () => {
  let cluster: Cluster;
  let limited: Queued;
  beforeAll(async () => {
    cluster = await clusterUp();
    // Slurm's shortest time limit is a minute: it runs out while the others are tested.
    const limit = ['--partition', 'small', '--time', '1', '--warn-before', '0', '--gpus-per-node', '2'];
    limited = await cluster.submit(limit, [...training, '--hold_at', '10']);
  });
  afterAll(async () => {
    await cluster?.lab.down();
  });
  const nothingLeft = async ({ run }: Queued) => {
    await expect.poll(() => processesOf(run), { timeout: 20_000 }).toEqual([]);
  };
  const status = async ({ run }: Queued) => {
    const told = await cluster.rampcheck(['status', '--json', run]);
    expect(told.exitCode, told.stderr).toBe(0);
    return JSON.parse(told.stdout) as Record<string, unknown>;
  };
  const eight = ['--nodes', '8', '--gpus-per-node', '2'];

  test('a run that follows its schedule: released, finished, COMPLETED', async () => {
    const queued = await cluster.submit(eight, [...training, '--max_steps', '20']);
    expect(await cluster.ended(queued.job)).toMatchObject({ JobState: 'COMPLETED', ExitCode: '0:0' });
    expect(queued.verdict()).toMatchObject({
      outcome: 'released',
      state: 'finished',
      exit_code: 0,
      ranks: { total: 16, agreeing: 16 },
    });
    expect(queued.verdict().nodes.map(({ name }) => name)).toEqual(cluster.lab.hosts.map(({ name }) => name));
    await nothingLeft(queued);
  });

  test('a mismatch: exit code 93, no process left, not queued again', async () => {
    const queued = await cluster.submit(eight, [...training, '--wrong']);
    expect(await cluster.ended(queued.job)).toMatchObject({
      JobState: 'FAILED',
      ExitCode: '93:0',
      Restarts: '0',
    });
    expect(queued.verdict()).toMatchObject({
      outcome: 'aborted',
      exit_code: 93,
      detected: { by: 'projection', step: 0 },
      ranks: { total: 16, agreeing: 16 },
    });
    expect(queued.verdict().nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    await nothingLeft(queued);
    const told = await status(queued);
    expect(told).toMatchObject({
      state: 'aborted',
      batch: { engine: 'slurm', job: queued.job, phase: 'over', words: 'FAILED, NonZeroExitCode' },
      verdict: { outcome: 'aborted', exit_code: 93, diagnosis: { id: expect.any(String) } },
    });
    const attached = await cluster.rampcheck(['attach', queued.run]);
    expect(attached).toMatchObject({
      exitCode: 93,
      stdout: expect.stringMatching(/STOPPED.*fix +build the optimizer/s),
    });
  });

  test('ps, status, logs -f, attach and stop by the name of the run', async () => {
    const queued = await cluster.submit(eight, [...training, '--hold_at', '10']);
    await queued.released();
    expect(await status(queued)).toMatchObject({ state: 'released', batch: { phase: 'running' } });
    const listed = await cluster.rampcheck(['ps']);
    expect(listed.stdout).toMatch(new RegExp(`${queued.run} +released +released`));
    const logs = cluster.rampcheck(['logs', '-f', queued.run]);
    const attached = cluster.rampcheck(['attach', queued.run]);
    const stopped = await cluster.rampcheck(['stop', queued.run]);
    expect(stopped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is stopped') });
    expect(await cluster.show(queued.job)).toMatchObject({ JobState: 'CANCELLED' });
    expect((await logs).stdout).toContain('rank 0 of 16 meets at');
    expect(await attached).toMatchObject({ exitCode: 143 });
    await nothingLeft(queued);
  });

  test('a job that waits is queued for ps and status, and is stopped before it begins', async () => {
    const queued = await cluster.submit([...eight, '--sbatch', 'hold'], training);
    expect(await status(queued)).toMatchObject({
      state: 'queued',
      batch: { phase: 'queued', words: 'PENDING, JobHeldUser' },
    });
    expect((await cluster.rampcheck(['ps'])).stdout).toMatch(new RegExp(`${queued.run} +queued`));
    expect(await cluster.rampcheck(['stop', queued.run])).toMatchObject({ exitCode: 0 });
    expect(await status(queued)).toMatchObject({ state: 'aborted', verdict: { exit_code: 143 } });
  });

  test('a folder that no node sees: status says so, from what Slurm says', async () => {
    const folder = '/tmp/rampcheck-not-shared';
    const queued = await cluster.submit(['--run-dir', folder, '--gpus-per-node', '2'], training);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await cluster.ended(queued.job);
    expect(await status(queued)).toMatchObject({ state: 'failed', verdict: { exit_code: 91 } });
    expect(queued.verdict().message).toContain(
      `check that ${folder} is on a file system that the nodes share`,
    );
  });

  test('scancel while it is held', async () => {
    const queued = await cluster.submit(eight, [...training, '--hold_at', '0']);
    await queued.stepped();
    await cluster.run(['scancel', queued.job]);
    expect(await cluster.ended(queued.job)).toMatchObject({ JobState: 'CANCELLED' });
    await nothingLeft(queued);
    expect(queued.verdict()).toMatchObject({ outcome: 'unverified', state: 'aborted', exit_code: 143 });
  });

  test('scancel after the release', async () => {
    const queued = await cluster.submit(eight, [...training, '--hold_at', '10']);
    await queued.released();
    await cluster.run(['scancel', queued.job]);
    expect(await cluster.ended(queued.job)).toMatchObject({ JobState: 'CANCELLED' });
    await nothingLeft(queued);
    await until('the last verdict', () => queued.verdict().state !== 'released');
    expect(queued.verdict()).toMatchObject({ outcome: 'released', state: 'aborted', exit_code: 143 });
  });

  test('a training that fails by itself: 1, with the first error', async () => {
    const queued = await cluster.submit(eight, [...training, '--fail_at', '5', '--max_steps', '50']);
    expect(await cluster.ended(queued.job)).toMatchObject({ JobState: 'FAILED', ExitCode: '1:0' });
    expect(queued.verdict()).toMatchObject({
      outcome: 'released',
      state: 'failed',
      exit_code: 1,
      root_cause: { error: 'RuntimeError: out of luck' },
    });
  });

  test('--requeue-on node-lost never queues a violation again', async () => {
    const queued = await cluster.submit([...eight, '--requeue-on', 'node-lost'], [...training, '--wrong']);
    expect(await cluster.ended(queued.job)).toMatchObject({ ExitCode: '93:0', Restarts: '0' });
  });

  test('USR2 reaches every rank before the time limit', async () => {
    const folder = cluster.folder();
    const [go, got] = [join(folder, 'go'), join(folder, 'got')];
    const words = ['--hold_at', '10', '--go', go, '--usr2', got];
    // Slurm sends it up to a minute early: in a job of two minutes at once.
    const queued = await cluster.submit(
      ['--nodes', '2', '--time', '2', '--warn-before', '100', '--gpus-per-node', '2'],
      [...training, ...words],
    );
    await until('USR2', () => [0, 1, 2, 3].every((rank) => existsSync(`${got}-${rank}`)), 90);
    writeFileSync(go, '');
    expect(await cluster.ended(queued.job)).toMatchObject({ JobState: 'COMPLETED' });
    expect(queued.verdict()).toMatchObject({ state: 'finished' });
  });

  test('a job that has to make room for another: its ranks are told, and it ends', async () => {
    const folder = cluster.folder();
    const [go, got] = [join(folder, 'go'), join(folder, 'got')];
    const words = ['--hold_at', '10', '--go', go, '--usr2', got];
    const whole = ['--nodes', '8', '--gpus-per-node', '2', '--cpus-per-task', '7'];
    const spot = await cluster.submit([...whole, '--partition', 'spot'], [...training, ...words]);
    await spot.released();
    const urgent = await cluster.submit(whole, [...training, '--max_steps', '20']);
    await until('USR2', () => existsSync(`${got}-0`) && existsSync(`${got}-15`));
    writeFileSync(go, '');
    expect(await cluster.ended(spot.job)).toMatchObject({
      JobState: expect.stringMatching(/COMPLETED|PREEMPTED/),
    });
    expect(spot.verdict()).toMatchObject({ outcome: 'released', state: 'finished' });
    expect(await cluster.ended(urgent.job)).toMatchObject({ JobState: 'COMPLETED' });
  });

  test('two jobs that share their nodes end each in its own way', async () => {
    const folder = cluster.folder();
    const go = join(folder, 'go');
    const one = await cluster.submit(eight, [...training, '--hold_at', '10', '--go', go]);
    await one.released();
    const other = await cluster.submit(eight, [...training, '--wrong_at', '1']);
    expect(await cluster.ended(other.job)).toMatchObject({ ExitCode: '93:0' });
    expect(other.verdict()).toMatchObject({ detected: { by: 'observation', step: 1 } });
    await nothingLeft(other);
    writeFileSync(go, '');
    expect(await cluster.ended(one.job)).toMatchObject({ JobState: 'COMPLETED', ExitCode: '0:0' });
  });

  test('a folder that only the first node sees is found before anything starts', async () => {
    const [first] = cluster.lab.hosts;
    const enter = [...(first?.enter ?? []), 'env', `SLURM_CONF=${cluster.slurm.env.SLURM_CONF}`];
    const words = [
      'submit',
      '--to',
      'slurm',
      '--json',
      '--nodes',
      '2',
      '--gpus-per-node',
      '2',
      '--run-dir',
      '/tmp/own',
    ];
    const queued = await cluster.rampcheck([...words, '--', ...training], { enter });
    expect(queued.exitCode, queued.stderr).toBe(0);
    const { job } = JSON.parse(queued.stdout) as { job: string };
    expect(await cluster.ended(job)).toMatchObject({ JobState: 'FAILED', ExitCode: '91:0' });
    const { stdout } = await cluster.run(['cat', '/tmp/own/verdict.json'], { enter });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unverified', state: 'failed', exit_code: 91 });
    expect(stdout).toContain("lab-2 could not be started: the run's folder /tmp/own is not there");
  });

  test('a job array of run files with one bad member: that one is stopped, the others finish', async () => {
    const cwd = cluster.folder();
    const files = [[], ['--wrong'], []].map((words, i) => {
      const file = join(cwd, `run-${i}.yaml`);
      writeFileSync(
        file,
        JSON.stringify({ command: [...training, '--max_steps', '20', ...words], nodes: 2 }),
      );
      return file;
    });
    const options = ['submit', '--to', 'slurm', '--json', '--gpus-per-node', '2'];
    const given = await cluster.rampcheck([...options, ...files.flatMap((file) => ['--array', file])], {
      cwd,
    });
    expect(given.exitCode, given.stdout + given.stderr).toBe(0);
    const { runs } = JSON.parse(given.stdout) as { runs: { run: string; path: string; job: string }[] };
    const codes = await Promise.all(runs.map(async ({ job }) => (await cluster.ended(job)).ExitCode));
    expect(codes).toEqual(['0:0', '93:0', '0:0']);
    const states = runs.map(({ path }) => readJson<{ state: string }>(join(path, 'verdict.json')).state);
    expect(states).toEqual(['finished', 'aborted', 'finished']);
  });

  test('a partition that does not exist: the words of sbatch, and no folder is left', async () => {
    const cwd = cluster.folder();
    const words = ['submit', '--to', 'slurm', '--partition', 'nowhere', '--', ...training];
    const refused = await cluster.rampcheck(words, { cwd });
    expect(refused.exitCode).toBe(90);
    expect(refused.stderr).toMatch(/invalid partition specified: nowhere.*\[sbatch-refused\]/);
    expect(readdirSync(join(cwd, 'rampcheck-runs'))).toEqual([]);
  });

  test.each([
    ['more nodes than there are', ['--nodes', '9'], 90, /needs 9 nodes, but partition all has 8/],
    [
      'more than a named partition has',
      ['--nodes', '3', '--partition', 'small'],
      90,
      /partition small has 2/,
    ],
    [
      'other GPUs than ranks',
      ['--gpus-per-node', '8'],
      2,
      /--gpus-per-node is 8, but the command starts 2 ranks/,
    ],
  ])('%s: refused with what there is, nothing is made', async (_, options, code, words) => {
    const cwd = cluster.folder();
    const refused = await cluster.rampcheck(['submit', '--to', 'slurm', ...options, '--', ...training], {
      cwd,
    });
    expect(refused.exitCode).toBe(code);
    expect(refused.stderr).toMatch(words);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('--test-only has sbatch check the script, and leaves nothing', async () => {
    const cwd = cluster.folder();
    const checked = await cluster.rampcheck(['submit', '--to', 'slurm', '--test-only', '--', ...training], {
      cwd,
    });
    expect(checked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('expects it to start') });
    expect(readdirSync(join(cwd, 'rampcheck-runs'))).toEqual([]);
  });

  test('the time limit ends a run that was released: the verdict says so', async () => {
    expect(await cluster.ended(limited.job)).toMatchObject({ JobState: 'TIMEOUT' });
    await nothingLeft(limited);
    expect(await status(limited)).toMatchObject({
      state: 'aborted',
      verdict: { outcome: 'released', exit_code: 143, message: 'the job reached its time limit' },
    });
  });

  // Slurm itself takes a minute to let go of a node that has died: these come last, each with nodes of its own.
  test('a node that dies while the run is held: 92, every other node is stopped', async () => {
    const queued = await cluster.submit(
      ['--nodes', '2', '--gpus-per-node', '2', '--sbatch', 'nodelist=lab-[7-8]'],
      [...training, '--hold_at', '0'],
    );
    await queued.stepped();
    await killNode(8);
    await nothingLeft(queued);
    await until('the verdict', () => existsSync(join(queued.path, 'verdict.json')));
    expect(queued.verdict()).toMatchObject({ outcome: 'unverified', state: 'failed', exit_code: 92 });
    expect(queued.verdict().message).toMatch(/^lab-8 was lost/);
    await expect
      .poll(async () => (await cluster.show(queued.job)).ExitCode, { timeout: 20_000 })
      .toBe('92:0');
  });

  test('--requeue-on node-lost queues a job again whose node was lost', async () => {
    const queued = await cluster.submit(
      ['--nodes', '2', '--gpus-per-node', '2', '--requeue-on', 'node-lost', '--sbatch', 'nodelist=lab-[5-6]'],
      [...training, '--hold_at', '0'],
    );
    await queued.stepped();
    await killNode(6);
    await expect.poll(async () => (await cluster.show(queued.job)).Restarts, { timeout: 20_000 }).toBe('1');
    expect(queued.verdict()).toMatchObject({ exit_code: 92 });
    await cluster.run(['scancel', queued.job]);
    await nothingLeft(queued);
  });

  /**
   * slurmd and every process of the host but its first: the node is dead for Slurm, its kernel lives. All are stopped before one is
   * killed: an agent that lives a moment longer than a rank would report a failed training, and no lost node.
   */
  async function killNode(number: number): Promise<void> {
    const host = cluster.lab.hosts[number - 1];
    const all = (signal: string) =>
      `for p in [0-9]*; do [ $p = 1 ] || [ $p = $$ ] || kill -${signal} $p; done`;
    const kill = `cd /proc; ${all('STOP')}; ${all('KILL')}`;
    await cluster.run(['sh', '-c', kill], { enter: host?.enter ?? [] });
  }
});
