import { foldHosts } from './host-range.ts';
import type { Node } from './job.ts';

/** A format for a list of nodes. */
export interface HostFormat {
  name: string;
  about: string;
  write(nodes: readonly Node[]): string;
}

/** The formats of `rampcheck hosts --to`. To add one, add a line here. */
export const hostFormats: readonly HostFormat[] = [
  {
    name: 'deepspeed',
    about: 'host slots=N',
    write: lines((node) => `${withUser(node)} slots=${node.slots.length}`),
  },
  {
    name: 'openmpi',
    about: 'host slots=N max_slots=N',
    write: lines((node) => `${node.name} slots=${node.slots.length} max_slots=${node.slots.length}`),
  },
  { name: 'mpich', about: 'host:N', write: lines(({ name, slots }) => `${name}:${slots.length}`) },
  { name: 'plain', about: 'one name per line', write: lines(({ name }) => name) },
  {
    name: 'slurm',
    about: 'node[01-08], as Slurm, clush and pdsh read it',
    write: (nodes) => `${foldHosts(nodes.map(({ name }) => name))}\n`,
  },
  {
    name: 'include',
    about: "the value of deepspeed's --include",
    write: (nodes) => `${nodes.map(({ name, slots }) => `${name}:${slots.join(',')}`).join('@')}\n`,
  },
];

function lines(line: (node: Node) => string): HostFormat['write'] {
  return (nodes) => nodes.map((node) => `${line(node)}\n`).join('');
}

/** In the form that rampcheck reads; other programs do not accept users and ports here. */
function withUser({ name, user, port }: Node): string {
  const host = port !== undefined && name.includes(':') ? `[${name}]` : name;
  return `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
}
