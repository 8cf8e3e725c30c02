import type { CommandDefinition } from '../command/command.ts';
import { oneOf } from '../command/values.ts';
import { jobOptions } from './options.ts';

export const check: CommandDefinition = {
  name: 'check',
  summary: 'read the command and its configs, and say what would go wrong; starts nothing',
  takesCommand: true,
  options: [
    ...jobOptions,
    {
      flags: '--severity <level>',
      description: 'show violation, error, warning, or also note',
      default: 'warning',
      parse: oneOf('--severity', ['violation', 'error', 'warning', 'note']),
    },
    {
      flags: '--format <format>',
      description: 'sarif (SARIF 2.1.0) or github (workflow commands), in place of text',
      parse: oneOf('--format', ['sarif', 'github']),
    },
  ],
  examples: [
    'rampcheck check -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
    'rampcheck check --format sarif -- accelerate launch --config_file accelerate.yaml train.py … > rampcheck.sarif',
    'rampcheck check --json -- torchrun --nproc-per-node 8 finetune.py --lr_scheduler_type cosine …',
  ],
  load: async () => (await import('./check-run.ts')).checkRun,
};
