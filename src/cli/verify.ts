import { command } from '../command/command.ts';
import { verifyOptions } from './options.ts';

export const verify = command({
  name: 'verify',
  summary: 'compare the log of a finished or running training with its expected curve',
  arguments: '<log...>',
  takesCommand: false,
  options: verifyOptions,
  examples: [
    'rampcheck verify train.log -- deepspeed finetune.py --deepspeed ds.json --lr_scheduler_type cosine …',
    'rampcheck verify out/checkpoint-500 --expect "transformers:cosine lr=1e-5 warmup=10% total=4000"',
    'rampcheck verify train.log --logging-steps 10 --expect @curve.json',
  ],
  load: async () => (await import('./verify-run.ts')).verifyRun,
});
