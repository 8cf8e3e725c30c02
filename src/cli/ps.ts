import { command } from '../command/command.ts';
import { psOptions } from './options.ts';

export const ps = command({
  name: 'ps',
  summary: 'runs of yours that go on, also those whose launcher is gone',
  takesCommand: false,
  options: psOptions,
  examples: ['rampcheck ps', 'rampcheck ps --all --json'],
  load: async () => (await import('./ps-run.ts')).psRun,
});
