import { command } from '../command/command.ts';
import { checkOptions } from './options.ts';

export const check = command({
  name: 'check',
  summary: 'read the command and its configs, and report what would go wrong; starts nothing',
  takesCommand: true,
  options: checkOptions,
  examples: [
    'rampcheck check -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
    'rampcheck check --format sarif -- accelerate launch --config_file accelerate.yaml train.py … > rampcheck.sarif',
    'rampcheck check --json -- torchrun --nproc-per-node 8 finetune.py --lr_scheduler_type cosine …',
  ],
  load: async () => (await import('./check-run.ts')).checkRun,
});
