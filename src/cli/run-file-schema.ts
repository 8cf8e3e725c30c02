import * as z from 'zod';
import { keyOf } from '../command/option.ts';
import { runFileOptions } from './options.ts';

const text = z.string().min(1);

const optionKeys = Object.entries(runFileOptions).flatMap(([name, { kind, description }]) =>
  kind.file ? [[keyOf(name), kind.file.schema(z).optional().describe(description)] as const] : [],
);

/** rampcheck.yaml: the options of the commands that take a raw command, and the command itself. */
export const runFileSchema = z
  .strictObject({
    command: z
      .union([text, z.array(z.string()).min(1)])
      .describe('the launcher’s command: a list of words, or one line whose words may be quoted'),
    ...Object.fromEntries(optionKeys),
    ignore: z
      .array(
        z.strictObject({
          rule: text.describe('a rule that check should ignore'),
          reason: text.describe('why, for the next reader'),
        }),
      )
      .optional()
      .describe('rules that are ignored, with the reason'),
  })
  .describe('A run: rampcheck check, plan, launch, submit and fix read it instead of a raw command.');
