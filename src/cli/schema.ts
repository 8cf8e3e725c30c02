import { command } from '../command/command.ts';
import { files } from '../contract/contract.ts';
import { schemaOptions } from './options.ts';

export const schema = command({
  name: 'schema',
  summary: `print the JSON Schema of the run file, of ${files.verdict}, or of what a command prints with --json`,
  takesCommand: false,
  options: schemaOptions,
  examples: ['rampcheck schema > rampcheck.schema.json', 'rampcheck schema --of verdict'],
  load: async () => (await import('./schema-run.ts')).schemaRun,
});
