import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLines, runCli, until } from '../support/cli.ts';
import { orphan, released, startRun, verdictOf } from '../support/open-ended-training.ts';

/** What a bad disk leaves of a run's folder: a damaged part is left out and said, and `stop` always works. */
async function finished() {
  const run = startRun();
  writeFileSync(run.go, '');
  const { exitCode, all } = await run.child;
  expect(exitCode, all).toBe(0);
  return run;
}

const lines = (text: string) => text.trimEnd().split('\n');
/** The fourth line of events.jsonl is no event any more. */
const fourth = (text: string, change: (line: string) => string) =>
  `${lines(text)
    .map((line, at) => (at === 3 ? change(line) : line))
    .join('\n')}\n`;

test.each<[string, number, (text: string) => string]>([
  [
    'a line that was cut, with the next one behind it',
    1,
    (text) => text.replace(/^((?:.*\n){3}.{40}).*\n/, '$1'),
  ],
  ['half a line', 1, (text) => fourth(text, (line) => line.slice(0, line.length / 2))],
  ['zeros, as a file system leaves them', 1, (text) => fourth(text, (line) => '\0'.repeat(line.length))],
  ['a document that is no event', 1, (text) => fourth(text, () => '{"node":"local-1","at":1,"type":"rank"}')],
  ['a bare number', 1, (text) => fourth(text, () => '17')],
  ['an event without its place', 1, (text) => fourth(text, () => '{"type":"alive"}')],
  ['a last line without its end', 0, (text) => text.slice(0, -20)],
])('events.jsonl holds %s: every command works', async (_, damaged, damage) => {
  const { run, env } = await finished();
  const path = join(run, 'events.jsonl');
  writeFileSync(path, damage(readFileSync(path, 'utf8')));
  for (const command of ['status', 'logs', 'report', 'attach', 'stop', 'ps']) {
    const { exitCode, all } = await runCli(command === 'ps' ? ['ps', '--all'] : [command, run], { env });
    expect(exitCode, `${command}: ${all}`).toBe(0);
  }
  const { stdout } = await runCli(['status', '--json', run], { env });
  const { state, warnings } = JSON.parse(stdout) as { state: string; warnings: string[] };
  expect(state).toBe('finished');
  expect(warnings).toHaveLength(damaged);
});

test('a damaged line is counted in the warning; the event that stands behind a cut one is not lost', async () => {
  const { run, env } = await finished();
  const path = join(run, 'events.jsonl');
  const [first = '', second = '', ...rest] = lines(readFileSync(path, 'utf8'));
  writeFileSync(path, `${[`${first.slice(0, 30)}${second}`, 'nonsense', ...rest].join('\n')}\n`);
  const { stdout } = await runCli(['status', '--json', run], { env });
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'finished',
    ranks: { total: 4 },
    warnings: [expect.stringMatching(/^2 lines of events\.jsonl cannot be read and were skipped: line 1, /)],
  });
});

test.each([
  ['verdict.json', '', ['status', 'logs', 'report'], []],
  ['positions.json', '{"logs/local-1-0.log":', ['status', 'logs', 'report', 'attach', 'stop'], []],
  ['lr.jsonl', 'garbage\n{"step":1}\n', ['status', 'logs', 'report', 'attach', 'stop'], []],
  ['supervisor.json', '{"host":1}', ['status', 'logs', 'report', 'attach', 'stop'], []],
  ['plan.json', '[]', ['status', 'logs', 'attach', 'stop'], ['report']],
  ['job.json', '{"command":{}}', ['logs', 'stop'], ['status', 'report', 'attach']],
  ['run.json', '{"id": "2026', ['stop'], ['status', 'report', 'attach', 'logs']],
])('%s is damaged: what does not need it works, and the rest says so', async (name, text, work, refuse) => {
  const { run, env } = await finished();
  writeFileSync(join(run, name), text);
  for (const command of work) {
    const { exitCode, all } = await runCli([command, run], { env });
    expect(exitCode, `${command}: ${all}`).toBe(0);
  }
  for (const command of refuse) {
    const { exitCode, stderr } = await runCli([command, run], { env });
    expect(exitCode, `${command}: ${stderr}`).toBe(2);
    expect(stderr).toContain(`${name} of this run cannot be read`);
    expect(stderr).toContain('[run-damaged]');
  }
});

test('ps shows the other runs: half a run.json, a link to itself and a link to nowhere hide none', async () => {
  const { run, env } = await finished();
  const registry = join(env.XDG_STATE_HOME ?? '', 'rampcheck', 'runs');
  const bad = join(run, '..', 'bad');
  mkdirSync(bad);
  writeFileSync(join(bad, 'run.json'), '{"id": "bad", "sta');
  symlinkSync(bad, join(registry, '20990101-000000-bad'));
  symlinkSync(join(registry, '20990102-000000-loop'), join(registry, '20990102-000000-loop'));
  symlinkSync(join(run, '..', 'gone'), join(registry, '20990103-000000-gone'));
  const { exitCode, stdout } = await runCli(['ps', '--all', '--json'], { env });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [{ path: run, state: 'finished' }],
    damaged: [{ path: bad, why: expect.stringContaining('run.json of this run cannot be read') }],
  });
  expect((await runCli(['ps', '--all'], { env })).stdout).toContain(`left out: ${bad}`);
  // Without a word the newest run is meant, and a damaged one that is newer says what it is.
  expect(await runCli(['status'], { env })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(bad),
  });
});

test('stop ends a held run and a released one whose events are damaged, through their launcher and without it', async () => {
  const attended = startRun();
  await released(attended.run);
  for (const name of ['run.json', 'job.json', 'plan.json']) writeFileSync(join(attended.run, name), '{');
  const stopped = await runCli(['stop', attended.run], { env: attended.env });
  expect(stopped.exitCode, stopped.all).toBe(0);
  expect((await attended.child).exitCode).toBe(143);
  expect(attended.processes()).toEqual([]);

  const left = startRun();
  await orphan(left);
  appendFileSync(join(left.run, 'events.jsonl'), '{"node":"local-1","at":1,"ty\n\0\0\n');
  writeFileSync(join(left.run, 'plan.json'), '{');
  const ended = await runCli(['stop', left.run], { env: left.env });
  expect(ended.exitCode, ended.all).toBe(0);
  await until('nothing is left', () => left.processes().length === 0);
  expect(verdictOf(left.run)).toMatchObject({ state: 'aborted', exit_code: 143 });
});

test('lr.jsonl is made whole again, and never emptied', async () => {
  const left = startRun();
  await orphan(left);
  const rates = join(left.run, 'lr.jsonl');
  const before = readLines(rates);
  const kept = join(left.run, '..', 'kept');
  cpSync(rates, kept);
  const texts = lines(readFileSync(kept, 'utf8'));
  // The kill came between the last event and its line; or the file is gone.
  for (const text of [`${texts.slice(0, -1).join('\n')}\n{"optim`, '']) {
    writeFileSync(rates, text);
    expect((await runCli(['status', left.run], { env: left.env })).exitCode).toBe(0);
    expect(readLines(rates).slice(0, before.length)).toEqual(before);
  }
  writeFileSync(left.go, '');
  await runCli(['attach', left.run], { env: left.env });
  const steps = readLines<{ step: number }>(rates).map(({ step }) => step);
  expect(steps).toEqual(steps.map((_, at) => at));
});
