import { command } from '../command/command.ts';
import { launchOptions } from './options.ts';

export const launch = command({
  name: 'launch',
  summary: 'check, start, hold until the learning rate is proven, then release or stop every rank',
  takesCommand: true,
  options: launchOptions,
  examples: [
    'rampcheck launch -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
    'rampcheck launch --nodes 2 -- torchrun --nproc-per-node 1 finetune.py --lr_scheduler_type cosine …',
    'rampcheck launch --hold-steps 20 -- torchrun --nproc-per-node 8 finetune.py …',
  ],
  load: async () => (await import('./launch-run.ts')).launchRun,
});
