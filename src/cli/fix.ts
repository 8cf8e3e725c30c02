import type { CommandDefinition } from '../command/command.ts';
import { oneOf } from '../command/values.ts';
import { jobOptions } from './options.ts';

export const fix: CommandDefinition = {
  name: 'fix',
  summary: 'show the corrected configs as a diff, or write them; starts nothing',
  takesCommand: true,
  options: [
    ...jobOptions,
    {
      flags: '--remedy <who>',
      description:
        'who makes the schedule: trainer (no scheduler in the DeepSpeed config) or deepspeed (its own of the same family)',
      parse: oneOf('--remedy', ['trainer', 'deepspeed']),
    },
    { flags: '--write', description: 'write the files instead of showing the diff' },
  ],
  examples: [
    'rampcheck fix -- deepspeed finetune.py --deepspeed ds_config.json --lr_scheduler_type cosine …',
    'rampcheck fix --remedy deepspeed --write -- deepspeed finetune.py --deepspeed ds_config.json …',
    'rampcheck fix -- torchrun train.py --deepspeed ds_config.json … | patch -p1',
  ],
  load: async () => (await import('./fix-run.ts')).fixRun,
};
