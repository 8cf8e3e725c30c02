import * as z from 'zod';
import type { CommandResult } from '../command/command.ts';
import { ExitCode } from '../errors.ts';
import { runFileSchema } from './run-file-schema.ts';

/** `rampcheck schema`: for editors, which complete and check the run file with it. */
export async function schemaRun(): Promise<CommandResult> {
  const document = { title: 'rampcheck.yaml', ...z.toJSONSchema(runFileSchema, { io: 'input' }) };
  return { exitCode: ExitCode.done, document, text: `${JSON.stringify(document, null, 2)}\n` };
}
