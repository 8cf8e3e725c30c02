import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { readLines, runCli, scratch, startCli, until } from '../support/cli.ts';
import { released, startRun } from '../support/open-ended-training.ts';

/** The disk of the run's folder is small, and full. That is the launcher's own trouble, and never the run's. */
const root = process.getuid?.() === 0;

/** A disk of its own for a run's folder; with `fill` not a byte more fits. */
function smallDisk(directory: string, kilobytes: number) {
  const path = join(directory, 'disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'rampcheck-test', path]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]));
  const ballast = join(path, 'ballast');
  return {
    path,
    fill() {
      for (const size of [65_536, 4096, 1]) {
        try {
          for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
        } catch {
          // Full at this size.
        }
      }
    },
    empty: () => rmSync(ballast, { force: true }),
  };
}

test.skipIf(!root)(
  'a disk that fills up while the run is held: it is released, and ends with its own code',
  async () => {
    const directory = scratch();
    const disk = smallDisk(directory, 256);
    const run = startRun({
      directory,
      folder: join(disk.path, 'run'),
      options: ['--json', '--hold-steps', '400'],
    });
    await until(
      'it is held',
      () => existsSync(join(run.run, 'lr.jsonl')) && readLines(join(run.run, 'lr.jsonl')).length > 3,
    );
    disk.fill();
    await until('it is told', () => run.said().includes('no space left'));
    writeFileSync(run.go, '');
    const { exitCode, stdout, stderr } = await run.child;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'released', state: 'finished', exit_code: 0 });
    expect(stderr.match(/its folder is incomplete/g)).toHaveLength(1);
    expect(stderr).not.toContain('bug in rampcheck');
    expect(existsSync(join(run.run, 'supervisor.json'))).toBe(false);
    await until('nothing is left', () => run.processes().length === 0);
  },
  60_000,
);

test.skipIf(!root)(
  'a disk that fills up after the release, and has room again: attach reads what is missing',
  async () => {
    const directory = scratch();
    const disk = smallDisk(directory, 8192);
    const run = startRun({ directory, folder: join(disk.path, 'run') });
    await released(run.run);
    disk.fill();
    await until('it is told', () => run.said().includes('no space left'));
    run.child.nodeChildProcess.kill('SIGKILL');
    await run.child;
    disk.empty();
    const attached = startCli(['attach', run.run, '--json'], { env: run.env });
    await until('it has caught up', () => readLines(join(run.run, 'lr.jsonl')).length > 100);
    writeFileSync(run.go, '');
    const { exitCode, stdout } = await attached.child;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout) as Verdict).toMatchObject({ outcome: 'released', state: 'finished' });
    const steps = readLines<{ step: number }>(join(run.run, 'lr.jsonl')).map(({ step }) => step);
    expect(steps).toEqual(steps.map((_, index) => index));
  },
  60_000,
);

test.skipIf(!root)(
  'stop works on a full disk',
  async () => {
    const directory = scratch();
    const disk = smallDisk(directory, 8192);
    const run = startRun({ directory, folder: join(disk.path, 'run') });
    await released(run.run);
    run.child.nodeChildProcess.kill('SIGKILL');
    await run.child;
    disk.fill();
    const { exitCode, stderr } = await runCli(['stop', run.run], { env: run.env });
    expect(exitCode, stderr).toBe(0);
    expect(run.processes()).toEqual([]);
  },
  60_000,
);

test.skipIf(!root)('a disk that is full beforehand: nothing starts, and nothing is left', async () => {
  const directory = scratch();
  const disk = smallDisk(directory, 64);
  disk.fill();
  const run = startRun({ directory, folder: join(disk.path, 'run') });
  const { exitCode, stderr } = await run.child;
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/\[(run-dir|run-folder-not-written)\]/);
  expect(stderr).toContain('no space left on device');
  expect(readdirSync(disk.path)).toEqual(['ballast']);
});
