import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Lab, labMissing, labUp } from '../../test/lab/lab.ts';
import { processesOn } from '../../test/lab/processes.ts';

export const root = join(import.meta.dirname, '..', '..');
export const cli = [process.execPath, join(root, 'src', 'cli', 'bin.mjs')];
export const venv = join(root, '.venv', 'bin');

/** Runs a benchmark on a lab of its own, or says why there is none. */
export async function onLab(measure: (lab: Lab) => Promise<void>): Promise<void> {
  const missing = labMissing();
  if (missing) {
    process.stdout.write(`not measured: ${missing}\n`);
    return;
  }
  const lab = await labUp();
  try {
    await measure(lab);
  } finally {
    await lab.down();
  }
}

/** A folder on every host, for one measurement. */
export function fresh(lab: Lab): string {
  const folder = mkdtempSync(join(lab.shared, 'bench-'));
  for (const name of ['up', 'meet']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'hosts'), lab.hosts.map(({ name }) => `${name} slots=8\n`).join(''));
  return folder;
}

/** Starts a command within the lab; its output is kept for a failure's message. */
export function inLab(lab: Lab, argv: readonly string[], env: Record<string, string> = {}, input?: string) {
  const [program = '', ...args] = [...lab.enter, ...argv];
  const path = `${venv}:/usr/local/bin:/usr/bin:/bin:/usr/sbin`;
  const stdin = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
  return execa(program, args, {
    cwd: root,
    reject: false,
    all: true,
    ...stdin,
    env: { PATH: path, DS_ACCELERATOR: 'cpu', NO_COLOR: '1', ...env },
  });
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder);
}

/** Waits until so many files are in a folder. */
export async function files(folder: string, count: number, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (filesIn(folder).length < count) {
    if (Date.now() > deadline)
      throw new Error(`${filesIn(folder).length} of ${count} ranks came up within ${seconds} s`);
    await sleep(20);
  }
}

/** The times (nanoseconds since the epoch) that the ranks wrote into their files. */
export function times(folder: string): number[] {
  return filesIn(folder)
    .map((name) => Number(readFileSync(join(folder, name), 'utf8')))
    .filter((time) => time > 0);
}

/** When the last process of the job is gone from every host, in milliseconds; undefined when some are left at the end. */
export async function allGone(lab: Lab, seconds: number): Promise<number | undefined> {
  let pids = lab.hosts.flatMap((host) => processesOn(host).map(({ pid }) => pid));
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    pids = pids.filter(alive);
    // Whoever was started meanwhile counts too.
    if (pids.length === 0) pids = lab.hosts.flatMap((host) => processesOn(host).map(({ pid }) => pid));
    if (pids.length === 0) return Date.now();
    if (Date.now() > deadline) return undefined;
    await sleep(5);
  }
}

/** Ends what a launcher has left on the lab's own hosts. */
export function clear(lab: Lab): void {
  for (const { pid } of lab.hosts.flatMap(processesOn)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has already ended.
    }
  }
}

function alive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'latin1').split(')').at(-1)?.trim()[0];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

export function spread(values: readonly number[], digits = 2): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? 0).toFixed(digits);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)} … ${at(sorted.length - 1)})`;
}
