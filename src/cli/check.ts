import type { CommandDefinition } from './command.ts';
import { jobOptions } from './options.ts';

export const check: CommandDefinition = {
  name: 'check',
  summary: 'read the command and its configs, and say what would go wrong; starts nothing',
  takesCommand: true,
  options: jobOptions,
  examples: [
    'rampcheck check -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
    'rampcheck check --json -- torchrun --nproc-per-node 8 finetune.py --lr_scheduler_type cosine …',
  ],
  load: async () => (await import('./check-run.ts')).checkRun,
};
