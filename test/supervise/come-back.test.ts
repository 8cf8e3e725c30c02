import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunStatus } from '../../src/run-folder/status.ts';
import { readLines, runCli, startCli, until } from '../support/cli.ts';
import {
  expectEverythingOnce,
  orphan,
  released,
  startRun,
  steps,
  verdictOf,
} from '../support/open-ended-training.ts';

/** Runs that go on without the terminal that started them. Every test counts what is left. */
const agentFolders = (run: string) =>
  readLines<{ type: string; directory: string }>(join(run, 'events.jsonl'))
    .filter(({ type }) => type === 'started')
    .map(({ directory }) => directory)
    .filter(existsSync);

test('kill -9 after release: found by ps and status, attached to twice, all of it in order and once', async () => {
  const run = startRun();
  await orphan(run);
  const { env, go } = run;
  const before = steps(run.run, 'local-1', 0).length;

  const ps = await runCli(['ps', '--json'], { env });
  expect(JSON.parse(ps.stdout)).toMatchObject({ runs: [{ state: 'released', attended: false, nodes: 2 }] });
  const looked = await runCli(['status', '--json'], { env });
  const status = JSON.parse(looked.stdout) as RunStatus;
  expect(status).toMatchObject({ state: 'released', attended: null, total: 100_000, ranks: { running: 4 } });
  expect(status.step).toBeGreaterThan(before);
  expect(status.lr[0]?.lr).toBe(status.lr[0]?.expected);

  const first = startCli(['attach'], { env });
  await until('attached', () => steps(run.run, 'local-1', 0).length > (status.step ?? 0) + 20);
  first.child.nodeChildProcess.kill('SIGINT');
  expect((await first.child).exitCode).toBe(0);
  expect(run.processes().length).toBeGreaterThan(4);

  const second = startCli(['attach'], { env });
  await until('the training goes on', () => steps(run.run, 'local-1', 0).length > before + 60);
  writeFileSync(go, '');
  const { exitCode, all } = await second.child;
  expect(exitCode, all).toBe(0);
  expect(all).toContain('trained to the end');
  expect(verdictOf(run.run)).toMatchObject({ outcome: 'released', state: 'finished', exit_code: 0 });
  expectEverythingOnce(run.run);
  expect(agentFolders(run.run)).toEqual([]);
  await until('nothing is left', () => run.processes().length === 0);
});

test('a training that ended while nobody was there: status knows, and the verdict is written', async () => {
  const run = startRun();
  await orphan(run);
  writeFileSync(run.go, '');
  await until('it has ended', () => run.processes().length === 0);
  const { stdout } = await runCli(['status', '--json', run.run], { env: run.env });
  expect(JSON.parse(stdout)).toMatchObject({ state: 'finished', verdict: { outcome: 'released' } });
  expect(verdictOf(run.run).nodes).toMatchObject([{ nothing_left: true }, { nothing_left: true }]);
  expectEverythingOnce(run.run);
  expect(agentFolders(run.run)).toEqual([]);
});

test('a training that fails while nobody is there: attach tells which rank, and exits with 1', async () => {
  const run = startRun({ words: ['--fail-at', '200', '--fail-rank', '3'] });
  await orphan(run);
  const { exitCode, all } = await runCli(['attach', '-q'], { env: run.env });
  expect(exitCode, all).toBe(1);
  expect(all).toContain('rank 3 on local-2: RuntimeError: the data of rank 3 are <broken>');
  expect(verdictOf(run.run)).toMatchObject({ state: 'failed', root_cause: { rank: 3, node: 'local-2' } });
  await until('nothing is left', () => run.processes().length === 0);
});

test('while one attach looks after a run, another follows it, and logs -f too', async () => {
  const run = startRun();
  await orphan(run);
  const first = startCli(['attach'], { env: run.env });
  await until('attached', () => steps(run.run, 'local-1', 0).length > 60);
  const second = startCli(['attach'], { env: run.env });
  const logs = startCli(['logs', '-f', '--rank', '2-3'], { env: run.env });
  await until('the second one follows', () => second.said().includes('step '));
  await until('logs are shown', () => logs.said().includes('[local-2:3] step '));
  writeFileSync(run.go, '');
  const [one, two, three] = await Promise.all([first.child, second.child, logs.child]);
  for (const { exitCode, all } of [one, two, three]) expect(exitCode, all).toBe(0);
  expect(two.all).toContain('supervises');
  expect(two.all).toContain('trained to the end');
  expect(three.stdout).toContain('[local-2:2] step 0\n');
  expect(three.stdout).toContain('[local-2:3] trained to the end');
  expectEverythingOnce(run.run);
});

test('stop from another terminal: the launcher says so, nothing is left', async () => {
  const run = startRun();
  await released(run.run);
  const { exitCode, stdout } = await runCli(['stop'], { env: run.env });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('no process is left');
  const { exitCode: launcher } = await run.child;
  expect(launcher).toBe(143);
  expect(run.processes()).toEqual([]);
  const again = await runCli(['stop'], { env: run.env });
  expect(again.stdout).toContain('had already ended');
});

test('stop of a run whose launcher was killed', async () => {
  const run = startRun();
  await orphan(run);
  const { exitCode, stdout, stderr } = await runCli(['stop', '--json'], { env: run.env });
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    already: false,
    verdict: { state: 'aborted', exit_code: 143, nodes: [{ nothing_left: true }, { nothing_left: true }] },
  });
  await until('nothing is left', () => run.processes().length === 0);
  expect(agentFolders(run.run)).toEqual([]);
  const { exitCode: code } = await runCli(['attach', run.run], { env: run.env });
  expect(code).toBe(143);
});

test('a launcher that is killed while it holds: the run is lost, and says so', async () => {
  const run = startRun({ words: ['--held'] });
  const log = join(run.run, 'logs', 'local-2-3.log');
  await until('the ranks load', () => existsSync(log));
  run.child.nodeChildProcess.kill('SIGKILL');
  await run.child;
  const { stdout } = await runCli(['status', '--json'], { env: run.env });
  expect(JSON.parse(stdout)).toMatchObject({ state: 'lost', attended: null });
  const { exitCode } = await runCli(['stop'], { env: run.env });
  expect(exitCode).toBe(0);
  expect(run.processes()).toEqual([]);
});

test('what must not be shown stays hidden after kill -9, too', async () => {
  const secret = 'optsecret-1a2b3c4d';
  const run = startRun({
    words: ['--say', `my key is ${secret}`],
    options: ['--env', `WANDB_API_KEY=${secret}`],
  });
  await orphan(run);
  // What was written before is not looked at again: the log is made shorter, as if the kill had come earlier.
  const positions = join(run.run, 'positions.json');
  writeFileSync(positions, readFileSync(positions, 'utf8').replace(/"(end|size)": \d+/g, '"$1": 0'));
  const { all } = await runCli(['status', '--verbose'], { env: run.env });
  expect(all).not.toContain(secret);
  expect(readFileSync(join(run.run, 'logs', 'local-1-0.log'), 'utf8')).toContain('my key is ***');
  for (const name of readdirSync(run.run, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    expect(readFileSync(join(name.parentPath, name.name), 'utf8'), name.name).not.toContain(secret);
  }
  writeFileSync(run.go, '');
  await runCli(['attach'], { env: run.env });
});

test('a run is named by a part of its name or by its folder, and errors say what there is', async () => {
  const run = startRun();
  const { env } = run;
  const none = await runCli(['status'], { env: { ...env, XDG_STATE_HOME: join(run.directory, 'empty') } });
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[no-runs]') });
  await released(run.run);
  const id =
    (JSON.parse((await runCli(['ps', '--json'], { env })).stdout) as { runs: { run: string }[] }).runs[0]
      ?.run ?? '';
  for (const word of [id, id.slice(0, 12), id.slice(-6), run.run]) {
    const { stdout } = await runCli(['status', '--json', word], { env });
    expect(JSON.parse(stdout), word).toMatchObject({ run: id, state: 'released', attended: {} });
  }
  const wrong = await runCli(['status', 'nonsense'], { env });
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(id) });
  const folder = await runCli(['status', '/tmp'], { env });
  expect(folder).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[no-such-run]') });
  const node = await runCli(['logs', '--node', 'local-3'], { env });
  expect(node).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('local-2') });
  await runCli(['stop'], { env });
  await run.child;
});
