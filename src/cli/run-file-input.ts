import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandInput, Context } from '../command/command.ts';
import type { OptionTable } from '../command/option.ts';
import { readRunFile } from './run-file.ts';

/** The run file that is read by default. */
const USUAL = 'rampcheck.yaml';

/** The run file of a command line: the one of --run-file, or rampcheck.yaml if there is no raw command. */
export function runFileOf(
  named: string | undefined,
  raw: readonly string[],
  { cwd }: Context,
): string | undefined {
  if (named !== undefined) return named;
  return raw.length === 0 && existsSync(join(cwd, USUAL)) ? USUAL : undefined;
}

/** Completes a command's input from a run file: options and command of the command line take precedence. */
export function withRunFile<Options>(
  path: string,
  input: CommandInput<Options>,
  table: OptionTable,
  { cwd }: Context,
): CommandInput<Options> {
  const file = readRunFile(cwd, path);
  const options: Record<string, unknown> = { ...input.options };
  for (const [name, value] of Object.entries(file.options)) {
    const option = table[name];
    // A key of another command: one file serves all commands.
    if (!option) continue;
    if (!input.given.has(name)) options[name] = value;
    else if (option.kind.file?.merge) options[name] = option.kind.file.merge(value, options[name]);
  }
  return {
    ...input,
    options: options as CommandInput<Options>['options'],
    command: input.command.length ? input.command : file.command,
    ignore: file.ignore,
  };
}
