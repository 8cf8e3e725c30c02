import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from './lab.ts';

/** What runs on a host besides its sshd, by name and arguments. */
export function processesOn(host: LabHost): { pid: number; command: string }[] {
  const namespace = namespaceOf(firstChild(host.pid));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      if (namespaceOf(Number(name)) !== namespace) return [];
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
      // A process without arguments is a zombie; sshd is the host's own, and does not count a closed session at once.
      return command === '' || command.startsWith('sshd:') || command.startsWith('/usr/sbin/sshd')
        ? []
        : [{ pid: Number(name), command }];
    });
}

const checkout = join(import.meta.dirname, '..', '..');

/**
 * Folders of agents and shared memory of ranks on a host. No run has left the checkout, which may lie in /tmp and is mounted there, nor
 * what a faked clock keeps for every session of a host.
 */
export function filesOn(host: LabHost): string[] {
  return ['/tmp', '/dev/shm'].flatMap((folder) =>
    readdirSync(`/proc/${firstChild(host.pid)}/root${folder}`)
      .map((name) => join(folder, name))
      .filter((path) => !`${checkout}/`.startsWith(`${path}/`) && !/faketime_(shm|sem)_\d+$/.test(path))
      .map((path) => `${host.name}:${path}`),
  );
}

/** The process of a run on a host whose command line holds these words, in this machine's numbers. */
export function findOn(host: LabHost, words: string): number {
  const found = processesOn(host).find(({ command }) => command.includes(words));
  if (!found) throw new Error(`${host.name} runs no '${words}'`);
  return found.pid;
}

/** The parent of a process. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]);
}

function firstChild(pid: number): number {
  return Number(read(`/proc/${pid}/task/${pid}/children`).trim().split(' ')[0]);
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
