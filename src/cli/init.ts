import { command } from '../command/command.ts';
import { initOptions } from './options.ts';

export const init = command({
  name: 'init',
  summary: 'write a run file (rampcheck.yaml) from a raw command',
  takesCommand: true,
  options: initOptions,
  examples: [
    'rampcheck init --hostfile hosts --samples 100000 -- deepspeed finetune.py --deepspeed ds_config.json …',
    'rampcheck init --output big.yaml -- bash train.sh',
  ],
  load: async () => (await import('./init-run.ts')).initRun,
});
