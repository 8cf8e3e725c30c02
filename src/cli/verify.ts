import type { CommandDefinition } from '../command/command.ts';
import { wholeNumber } from '../command/values.ts';
import { jobOptions } from './options.ts';

const job = ['--hostfile', '--nodes', '--samples', '--no-capture', '--versions'];

export const verify: CommandDefinition = {
  name: 'verify',
  summary: 'hold the log of a finished or running training against its expected curve',
  arguments: '<log...>',
  takesCommand: false,
  options: [
    {
      flags: '--expect <curve>',
      description: 'what the learning rate should do; wins over what the command says',
    },
    {
      flags: '--logging-steps <n>',
      description:
        "optimizer steps between two of the Trainer's lines (default: the command's own logging_steps)",
      parse: wholeNumber('--logging-steps', 1),
    },
    {
      flags: '--start-step <s>',
      description: 'optimizer step at which a resumed log begins, where its lines do not say it',
      default: 0,
      parse: wholeNumber('--start-step', 0),
    },
    ...jobOptions.filter(({ flags }) => job.includes(flags.split(' ')[0] ?? '')),
  ],
  examples: [
    'rampcheck verify train.log -- deepspeed finetune.py --deepspeed ds.json --lr_scheduler_type cosine …',
    'rampcheck verify out/checkpoint-500 --expect "transformers:cosine lr=1e-5 warmup=10% total=4000"',
    'rampcheck verify train.log --logging-steps 10 --expect @curve.json',
  ],
  load: async () => (await import('./verify-run.ts')).verifyRun,
};
