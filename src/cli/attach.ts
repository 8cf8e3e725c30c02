import { command } from '../command/command.ts';
import { attachOptions } from './options.ts';

export const attach = command({
  name: 'attach',
  summary: 'reattach to a run: print the output since then, and follow it to its end',
  arguments: '[run]',
  takesCommand: false,
  options: attachOptions,
  examples: ['rampcheck attach', 'rampcheck attach 20261124-1340 --verbose'],
  load: async () => (await import('./attach-run.ts')).attachRun,
});
