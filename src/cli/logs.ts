import { command } from '../command/command.ts';
import { logsOptions } from './options.ts';

export const logs = command({
  name: 'logs',
  summary: "print the output of a run's ranks",
  arguments: '[run]',
  takesCommand: false,
  options: logsOptions,
  examples: [
    'rampcheck logs -f',
    'rampcheck logs --rank 3 20261124-1340',
    'rampcheck logs --node worker-2 --rank all',
  ],
  load: async () => (await import('./logs-run.ts')).logsRun,
});
