import type { CommandDefinition } from '../command/command.ts';
import { oneOf, wholeNumber } from '../command/values.ts';

export const hosts: CommandDefinition = {
  name: 'hosts',
  summary: 'read a hostfile, filter it, and write it in another format',
  arguments: '<hostfile>',
  takesCommand: false,
  options: [
    { flags: '-i, --include <filter>', description: "nodes and slots to use, as deepspeed's own: w0@w1:0,1" },
    { flags: '-e, --exclude <filter>', description: 'nodes and slots to leave out' },
    {
      flags: '--slots <n>',
      description: 'ranks of a host whose line has no number',
      parse: wholeNumber('--slots', 1),
    },
    {
      flags: '--to <format>',
      description: 'deepspeed, openmpi, mpich, plain, slurm (clush, pdsh) or include',
      default: 'deepspeed',
      parse: oneOf('--to', ['deepspeed', 'openmpi', 'mpich', 'plain', 'slurm', 'include']),
    },
  ],
  examples: [
    'rampcheck hosts hostfile --exclude worker-3 --to include',
    'rampcheck hosts machines.txt --slots 8 > hostfile',
    'clush -w "$(rampcheck hosts hostfile --to slurm)" nvidia-smi -L',
  ],
  load: async () => (await import('./hosts-run.ts')).hostsRun,
};
