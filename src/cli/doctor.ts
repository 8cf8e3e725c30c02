import type { CommandDefinition } from '../command/command.ts';
import { jobOptions, sshOptions } from './options.ts';

const cluster = ['--hostfile', '--nodes', '--on', '--env', '--env-file', '--activate'];

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'look at every node before a run: reach, files, versions, GPUs, memory, clock, network',
  takesCommand: false,
  options: [
    ...jobOptions.filter(({ flags }) => cluster.some((name) => flags.startsWith(`${name} `))),
    ...sshOptions,
    {
      flags: '--python <path>',
      description: 'the Python of the training, without a command to take it from',
    },
  ],
  examples: [
    'rampcheck doctor --hostfile hosts',
    'rampcheck doctor -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
  ],
  load: async () => (await import('./doctor-run.ts')).doctorRun,
};
