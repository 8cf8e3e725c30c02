import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const supervisor = z.object({
  host: z.string(),
  pid: z.int().positive(),
  /** Clock ticks since boot, and the boot: a process id alone may belong to another process by now. */
  started: z.string(),
  boot: z.string(),
});

/** The process that looks after a run: the launch that started it, or an attach after that was lost. One at a time. */
export type Supervisor = z.infer<typeof supervisor>;

const FILE = 'supervisor.json';

/**
 * Makes this process the run's supervisor, until it unlocks it again. Returns the supervisor that there is already, when it lives. A
 * disk that takes no lock file keeps nobody from a run: `stop` must work on a full one.
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
        // A link is made or refused as a whole, so that of two who reach for it one gets it.
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

/** Who looks after a run; undefined when nobody does any more. */
export function supervisorOf(directory: string): Supervisor | undefined {
  const holder = read(join(directory, FILE));
  return holder && mayLive(holder) ? holder : undefined;
}

/** Whether it runs on this machine, where it can be sent a signal. */
export function isHere({ host }: Supervisor): boolean {
  return host === hostname();
}

function me(): Supervisor {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? '', boot: boot() };
}

/** A process of another machine cannot be looked at, and is taken for alive. */
function mayLive(holder: Supervisor): boolean {
  return !isHere(holder) || (holder.boot === boot() && startOf(holder.pid) === holder.started);
}

/** Removes what a dead holder left, and puts back what turns out to be a living one's. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    const holder = read(aside);
    if (holder && mayLive(holder)) linkSync(aside, path);
  } catch {
    // Another one was faster.
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
