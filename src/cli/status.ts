import { command } from '../command/command.ts';

export const status = command({
  name: 'status',
  summary: 'show a run: state, verdict, expected and used learning rate, ranks, nodes',
  arguments: '[run]',
  takesCommand: false,
  options: {},
  examples: ['rampcheck status', 'rampcheck status 20261124-1340 --json'],
  load: async () => (await import('./status-run.ts')).statusRun,
});
