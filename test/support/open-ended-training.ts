import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, readLines, root, scratch, startCli, until } from './cli.ts';

/** A run of ranks without torch (test/fixtures/open-ended-training), on nodes that this machine plays: 2 nodes × 2 ranks. */
export const openEnded = join(fixtures, 'open-ended-training');
export const nodes = ['local-1', 'local-2'];

export function openEndedEnv(directory: string): Record<string, string> {
  const python = join(root, '.venv', 'bin');
  return { PATH: `${openEnded}:${python}:${process.env.PATH}`, XDG_STATE_HOME: join(directory, 'state') };
}

export interface RunOptions {
  /** Further arguments of the script (test/fixtures/open-ended-training/train.py), and of launch. */
  words?: string[];
  options?: string[];
  /** A folder of this machine, and one that every node sees. */
  directory?: string;
  shared?: string;
  /** The run's own folder. */
  folder?: string;
  where?: string[];
  enter?: readonly string[];
}

/** Starts a launch of it; `go` is the file that ends the training. */
export function startRun({
  words = [],
  options = [],
  directory = scratch(),
  shared = directory,
  folder = join(directory, 'run'),
  where = ['--nodes', '2'],
  enter = [],
}: RunOptions = {}) {
  const run = folder;
  const go = join(shared, 'go');
  const env = openEndedEnv(directory);
  const { child, processes, said } = startCli(
    [
      ...['launch', ...where, '--run-dir', run, ...options, '--'],
      ...[join(openEnded, 'torchrun'), '--nproc-per-node', '2', join(openEnded, 'train.py'), '--until', go],
      ...['--lr_scheduler_type', 'cosine', '--learning_rate', '1e-5', ...words],
    ],
    { env, enter },
  );
  return { directory, run, go, env, child, processes, said };
}

export const verdictOf = (run: string) => readJson<Verdict>(join(run, 'verdict.json'));

export async function released(run: string): Promise<void> {
  const path = join(run, 'verdict.json');
  await until('the run is released', () => existsSync(path) && verdictOf(run).outcome === 'released');
}

/** kill -9 of the launcher, at a moment when ranks are talking. */
export async function orphan({ child, run }: ReturnType<typeof startRun>): Promise<void> {
  await released(run);
  await until('some steps', () => readLines(join(run, 'lr.jsonl')).length > 20);
  child.nodeChildProcess.kill('SIGKILL');
  await child;
}

export function steps(run: string, node: string, rank: number): string[] {
  const path = join(run, 'logs', `${node}-${rank}.log`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.filter((line) => line.startsWith('step '));
}

/** Every line of every rank is in the run's folder, in order and once, and so is every step of rank 0. */
export function expectEverythingOnce(run: string, names: readonly string[] = nodes): void {
  for (let rank = 0; rank < names.length * 2; rank++) {
    const seen = steps(run, names[Math.floor(rank / 2)] ?? '', rank);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(seen.map((_, step) => `step ${step}`));
  }
  const rates = readLines<{ step: number }>(join(run, 'lr.jsonl')).map(({ step }) => step);
  expect(rates).toEqual(steps(run, names[0] ?? '', 0).map((_, step) => step));
  const events = readLines<{ node: string; seq?: number }>(join(run, 'events.jsonl'));
  for (const node of names) {
    const seqs = events.filter((event) => event.node === node).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  }
}
