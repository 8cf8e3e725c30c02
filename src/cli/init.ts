import type { CommandDefinition } from '../command/command.ts';
import { jobOptions } from './options.ts';

export const init: CommandDefinition = {
  name: 'init',
  summary: 'write a run file (rampcheck.yaml) from a raw command',
  takesCommand: true,
  options: [
    ...jobOptions.filter(({ flags }) => !flags.startsWith('--run-file')),
    { flags: '--output <file>', description: 'the file to write', default: 'rampcheck.yaml' },
    { flags: '--force', description: 'replace a run file that is there' },
  ],
  examples: [
    'rampcheck init --hostfile hosts --samples 100000 -- deepspeed finetune.py --deepspeed ds_config.json …',
    'rampcheck init --output big.yaml -- bash train.sh',
  ],
  load: async () => (await import('./init-run.ts')).initRun,
};
