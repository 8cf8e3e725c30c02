import type { CommandDefinition } from '../command/command.ts';

export const ps: CommandDefinition = {
  name: 'ps',
  summary: 'runs of yours that go on, also those whose launcher is gone',
  takesCommand: false,
  options: [{ flags: '-a, --all', description: 'runs that are over, too' }],
  examples: ['rampcheck ps', 'rampcheck ps --all --json'],
  load: async () => (await import('./ps-run.ts')).psRun,
};
