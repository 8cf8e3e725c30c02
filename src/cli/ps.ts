import { command } from '../command/command.ts';
import { psOptions } from './options.ts';

export const ps = command({
  name: 'ps',
  summary: 'your active runs, including detached ones',
  takesCommand: false,
  options: psOptions,
  examples: ['rampcheck ps', 'rampcheck ps --all --json'],
  load: async () => (await import('./ps-run.ts')).psRun,
});
