import { command } from '../command/command.ts';

export const stop = command({
  name: 'stop',
  summary: 'stop every process of a run on every node, even if it is detached',
  arguments: '[run]',
  takesCommand: false,
  options: {},
  examples: ['rampcheck stop', 'rampcheck stop 20261124-1340'],
  load: async () => (await import('./stop-run.ts')).stopRun,
});
