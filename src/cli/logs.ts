import type { CommandDefinition } from '../command/command.ts';
import { rankList } from '../command/values.ts';

export const logs: CommandDefinition = {
  name: 'logs',
  summary: 'what the ranks of a run have printed',
  arguments: '[run]',
  takesCommand: false,
  options: [
    { flags: '-f, --follow', description: 'go on until the run is over' },
    {
      flags: '--rank <all|0,8>',
      description: 'ranks to show (default: 0; all ranks of --node)',
      parse: rankList('--rank'),
    },
    { flags: '--node <name>', description: 'the ranks of one node, and its launcher' },
  ],
  examples: [
    'rampcheck logs -f',
    'rampcheck logs --rank 3 20261124-1340',
    'rampcheck logs --node worker-2 --rank all',
  ],
  load: async () => (await import('./logs-run.ts')).logsRun,
};
