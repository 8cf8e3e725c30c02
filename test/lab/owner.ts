import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface Owner {
  pid: number;
  /** Clock ticks since boot, and the boot itself. */
  started: string;
}

export function processAt(pid: number): Owner {
  return { pid, started: startOf(pid) ?? '' };
}
export const ownerOf = processAt;

/** Whether this very process still lives. */
export function sameProcess({ pid, started }: Owner): boolean {
  return startOf(pid) === started;
}

function startOf(pid: number): string | undefined {
  try {
    const [state, ...fields] =
      readFileSync(`/proc/${pid}/stat`, 'latin1').split(')').at(-1)?.trim().split(' ') ?? [];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return state === 'Z' || state === 'X' ? undefined : `${boot} ${fields[18]}`;
  } catch {
    return undefined;
  }
}
