import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { released, startRun } from '../support/open-ended-training.ts';

/** The page of a run, made by the command line from the run's own folder. */
async function pageOf(run: ReturnType<typeof startRun>, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(['report', run.run, ...words], {
    env: run.env,
    cwd: run.directory,
  });
  expect(exitCode, stderr).toBe(0);
  expect(statSync(stdout.trim()).mode & 0o777).toBe(0o600);
  return readFileSync(stdout.trim(), 'utf8');
}

test('a run that was stopped: the three curves, the first difference, every rank', async () => {
  const run = startRun({ words: ['--flat', '--total', '1000'] });
  expect((await run.child).exitCode).toBe(93);
  const page = await pageOf(run);
  expect(page).toContain('class="badge bad">aborted<');
  expect(page).toMatch(/<path class="line expected" d="M/);
  expect(page).toMatch(/<path class="line projected" d="M/);
  expect(page).toContain('first difference');
  for (const rank of [0, 1, 2, 3]) {
    expect(page).toMatch(new RegExp(`<td>${rank}</td><td>local-[12]</td><td>0</td><td>step 1: expected`));
  }
  expect(page).toContain('<td>no process left</td>');
});

test('a run that failed: what it said is text, nothing is fetched, no script runs', async () => {
  const run = startRun({ words: ['--fail-at', '12', '--fail-rank', '2'] });
  expect((await run.child).exitCode).toBe(1);
  const page = await pageOf(run, '-o', 'page.html');
  expect(page).toMatch(/<path class="line observed" d="M/);
  expect(page).toContain('the data of rank 2 are &#60;broken&#62;');
  expect(page).not.toContain('<broken>');
  expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
  expect(page).toContain("default-src 'none'");
});

test('a run that goes on can be reported, too; a place that cannot be written is told', async () => {
  const run = startRun();
  await released(run.run);
  expect(await pageOf(run)).toContain('class="badge good">released<');
  const refused = await runCli(['report', run.run, '-o', '/nowhere/page.html'], { env: run.env });
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('[report-not-written]') });
  writeFileSync(run.go, '');
  await run.child;
});
