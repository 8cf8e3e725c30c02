import { command } from '../command/command.ts';
import { fixOptions } from './options.ts';

export const fix = command({
  name: 'fix',
  summary: 'show the corrected configs as a diff, or write them; starts nothing',
  takesCommand: true,
  options: fixOptions,
  examples: [
    'rampcheck fix -- deepspeed finetune.py --deepspeed ds_config.json --lr_scheduler_type cosine …',
    'rampcheck fix --remedy deepspeed --write -- deepspeed finetune.py --deepspeed ds_config.json …',
    'rampcheck fix -- torchrun train.py --deepspeed ds_config.json … | patch -p1',
  ],
  load: async () => (await import('./fix-run.ts')).fixRun,
});
