import type { CommandDefinition } from '../command/command.ts';
import { oneOf, repeated, wholeNumber } from '../command/values.ts';
import { jobOptions, ranksOption, sshOptions } from './options.ts';

export const launch: CommandDefinition = {
  name: 'launch',
  summary: 'check, start, hold until the learning rate is proven, then release or stop every rank',
  takesCommand: true,
  options: [
    ...jobOptions,
    ...sshOptions,
    {
      flags: '--sync',
      description: 'copy the working directory to every node first (rsync), when they share no file system',
    },
    ranksOption,
    {
      flags: '--expect <curve>',
      description:
        'what the learning rate should do; wins over what the command says; once for every optimizer, in the order of their first steps',
      parse: repeated,
    },
    {
      flags: '--on-mismatch <action>',
      description: 'abort or warn when the learning rate is not the expected one',
      default: 'abort',
      parse: oneOf('--on-mismatch', ['abort', 'warn']),
    },
    {
      flags: '--after-release <action>',
      description: 'warn, abort or off when the learning rate leaves its curve after the release',
      default: 'warn',
      parse: oneOf('--after-release', ['warn', 'abort', 'off']),
    },
    {
      flags: '--start-step <s>',
      description: 'optimizer step at which a resumed run starts, when only you know it',
      parse: wholeNumber('--start-step', 0),
    },
    {
      flags: '--report-timeout <s>',
      description: 'seconds without a new rank reporting after which a missing one ends the run',
      default: 900,
      parse: wholeNumber('--report-timeout', 1),
    },
    { flags: '--run-dir <dir>', description: "the run's folder (default: rampcheck-runs/<time>)" },
    { flags: '--no-check', description: 'start even when check finds a schedule violation' },
    { flags: '--no-projection', description: 'judge by observed steps alone' },
  ],
  examples: [
    'rampcheck launch -- deepspeed --hostfile hosts finetune.py --deepspeed ds_config.json …',
    'rampcheck launch --nodes 2 -- torchrun --nproc-per-node 1 finetune.py --lr_scheduler_type cosine …',
    'rampcheck launch --hold-steps 20 -- torchrun --nproc-per-node 8 finetune.py …',
  ],
  load: async () => (await import('./launch-run.ts')).launchRun,
};
