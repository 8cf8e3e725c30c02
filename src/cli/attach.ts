import type { CommandDefinition } from '../command/command.ts';
import { ranksOption } from './options.ts';

export const attach: CommandDefinition = {
  name: 'attach',
  summary: 'come back to a run: read what was missed, then follow it to its end',
  arguments: '[run]',
  takesCommand: false,
  options: [ranksOption],
  examples: ['rampcheck attach', 'rampcheck attach 20261124-1340 --verbose'],
  load: async () => (await import('./attach-run.ts')).attachRun,
};
