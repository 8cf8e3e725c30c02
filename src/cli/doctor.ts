import { command } from '../command/command.ts';
import { doctorOptions } from './options.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'examine every node before a run: reachability, files, versions, GPUs, memory, clock, network',
  takesCommand: false,
  options: doctorOptions,
  examples: [
    'rampcheck doctor --hostfile hosts',
    'rampcheck doctor -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
  ],
  load: async () => (await import('./doctor-run.ts')).doctorRun,
});
