import { command } from '../command/command.ts';
import { hostsOptions } from './options.ts';

export const hosts = command({
  name: 'hosts',
  summary: 'read a hostfile, filter it, and write it in another format',
  arguments: '<hostfile>',
  takesCommand: false,
  options: hostsOptions,
  examples: [
    'rampcheck hosts hostfile --exclude worker-3 --to include',
    'rampcheck hosts machines.txt --slots 8 > hostfile',
    'clush -w "$(rampcheck hosts hostfile --to slurm)" nvidia-smi -L',
  ],
  load: async () => (await import('./hosts-run.ts')).hostsRun,
});
