import * as z from 'zod';
import type { CommandInput, CommandResult } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { files } from '../contract/contract.ts';
import { documents } from '../documents/index.ts';
import { ExitCode } from '../errors.ts';
import type { schemaOptions } from './options.ts';
import { runFileSchema } from './run-file-schema.ts';

/** `rampcheck schema`: prints the schema of the run file, for editors, or of a JSON document, for programs that read it. */
export async function schemaRun({
  options,
}: CommandInput<Values<typeof schemaOptions>>): Promise<CommandResult> {
  const { of } = options;
  const document =
    of === 'run-file'
      ? { title: 'rampcheck.yaml', ...z.toJSONSchema(runFileSchema, { io: 'input' }) }
      : {
          title: of === 'verdict' ? files.verdict : `rampcheck ${of} --json`,
          ...z.toJSONSchema(documents[of], { override: extensible }),
        };
  return { exitCode: ExitCode.done, document, text: `${JSON.stringify(document, null, 2)}\n` };
}

/** A later version may add fields, so only our own tests refuse unknown ones. */
function extensible({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}
