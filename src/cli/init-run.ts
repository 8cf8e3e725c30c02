import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { keyOf, type Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { commandJob } from './command-job.ts';
import { type initOptions, runFileOptions } from './options.ts';

/** `rampcheck init`: reads the command first, so a run file is written only for a command that can be read. */
export async function initRun(
  input: CommandInput<Values<typeof initOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { output, force } = input.options;
  const path = output;
  if (force !== true && existsSync(resolve(context.cwd, path))) {
    throw new RampcheckError('run-file-exists', `'${path}' already exists`, {
      location: { file: path },
      hint: 'use --force to replace it',
    });
  }
  await commandJob(input, context);
  const given = Object.entries(input.options).filter(([name]) => input.given.has(name));
  const text = runFileText(input.command, Object.fromEntries(given));
  writeFileSync(resolve(context.cwd, path), text);
  return {
    exitCode: ExitCode.done,
    document: { written: path },
    text: `written: ${path}\nrampcheck check, plan and launch now read it\n`,
  };
}

/**
 * Writes YAML that reads back as the same words: in double quotes, as JSON, unless the word needs none.
 *
 * @param options values by option name; options that run files do not have are left out
 */
export function runFileText(command: readonly string[], options: Readonly<Record<string, unknown>>): string {
  const lines = [
    '# rampcheck check, plan, launch, submit and fix read this file if no command is given. rampcheck schema describes it.',
    ...entry('command', command),
    ...Object.entries(runFileOptions).flatMap(([name, { kind }]) => {
      const value = options[name];
      if (value === undefined) return [];
      return entry(keyOf(name), kind.file?.write ? kind.file.write(value) : value);
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function entry(key: string, value: unknown): string[] {
  if (Array.isArray(value)) return [`${key}:`, ...value.map((each) => `  - ${scalar(each)}`)];
  if (typeof value !== 'object' || value === null) return [`${key}: ${scalar(value)}`];
  return [
    `${key}:`,
    ...Object.entries(value).map(([name, each]) => `  ${scalar(name)}: ${JSON.stringify(String(each))}`),
  ];
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[A-Za-z_./-][\w./-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n|-+|\.+|\.(inf|nan))$/i.test(value) &&
    !/^-[\d.]/.test(value)
    ? value
    : JSON.stringify(value);
}
