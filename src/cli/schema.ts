import { command } from '../command/command.ts';

export const schema = command({
  name: 'schema',
  summary: 'print the JSON Schema of the run file rampcheck.yaml',
  takesCommand: false,
  options: {},
  examples: ['rampcheck schema > rampcheck.schema.json'],
  load: async () => (await import('./schema-run.ts')).schemaRun,
});
