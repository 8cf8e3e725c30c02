import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const supervisor = z.object({
  host: z.string(),
  pid: z.int().positive(),
  /** Clock ticks since boot, and the boot id: a process id alone may have been reused by another process. */
  started: z.string(),
  boot: z.string(),
});

/** The supervisor of a run: the launch that started it, or a later attach. There is one at a time. */
export type Supervisor = z.infer<typeof supervisor>;

const FILE = 'supervisor.json';

/**
 * Makes this process the run's supervisor until it unlocks the run. Returns the present supervisor instead if it is alive. A
 * disk on which no lock file can be written does not prevent access: `stop` must work on a full disk.
 */
export function claimRun(directory: string): { unlock(): void } | { supervisor: Supervisor } {
  const path = join(directory, FILE);
  const mine = join(directory, `.${FILE}.${process.pid}`);
  try {
    writeFileSync(mine, JSON.stringify(me()), { mode: 0o600 });
  } catch {
    rmSync(mine, { force: true });
    const supervisor = supervisorOf(directory);
    return supervisor ? { supervisor } : { unlock() {} };
  }
  try {
    for (;;) {
      try {
        // Creating a link either succeeds or fails, so only one of two competing processes gets the lock.
        linkSync(mine, path);
        return { unlock: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = read(path);
      if (holder && mayLive(holder)) return { supervisor: holder };
      takeAway(path, `${mine}.old`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Returns the supervisor of a run, or undefined if there is none. */
export function supervisorOf(directory: string): Supervisor | undefined {
  const holder = read(join(directory, FILE));
  return holder && mayLive(holder) ? holder : undefined;
}

/** Returns whether the supervisor runs on this machine, where it can receive a signal. */
export function isHere({ host }: Supervisor): boolean {
  return host === hostname();
}

function me(): Supervisor {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? '', boot: boot() };
}

/** A process on another machine cannot be checked, and counts as alive. */
function mayLive(holder: Supervisor): boolean {
  return !isHere(holder) || (holder.boot === boot() && startOf(holder.pid) === holder.started);
}

/** Removes the lock of a dead process, and restores it if the process turns out to be alive. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    const holder = read(aside);
    if (holder && mayLive(holder)) linkSync(aside, path);
  } catch {
    // Another process was faster.
  }
  rmSync(aside, { force: true });
}

function read(path: string): Supervisor | undefined {
  try {
    return supervisor.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function boot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function startOf(pid: number): string | undefined {
  try {
    const [state, ...fields] =
      readFileSync(`/proc/${pid}/stat`, 'latin1').split(')').at(-1)?.trim().split(' ') ?? [];
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
