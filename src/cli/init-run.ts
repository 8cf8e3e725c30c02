import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { keyOf, type Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { commandJob } from './command-job.ts';
import { type initOptions, runFileOptions } from './options.ts';

/** `rampcheck init`: the command is read first, so that a run file is only written for one that can be read. */
export async function initRun(
  input: CommandInput<Values<typeof initOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { output, force } = input.options;
  const path = output;
  if (force !== true && existsSync(resolve(context.cwd, path))) {
    throw new RampcheckError('run-file-exists', `'${path}' exists already`, {
      location: { file: path },
      hint: '--force replaces it',
    });
  }
  await commandJob(input, context);
  const given = Object.entries(input.options).filter(([name]) => input.given.has(name));
  const text = runFileText(input.command, Object.fromEntries(given));
  writeFileSync(resolve(context.cwd, path), text);
  return {
    exitCode: ExitCode.done,
    document: { written: path },
    text: `written: ${path}\nrampcheck check, plan and launch read it from now on\n`,
  };
}

/**
 * YAML that reads back as the same words: every one in double quotes, as JSON, unless it is plainly a word.
 *
 * @param options values by their options' names; what no run file holds is left out
 */
export function runFileText(command: readonly string[], options: Readonly<Record<string, unknown>>): string {
  const lines = [
    '# What rampcheck check, plan, launch, submit and fix do when they are given no command. rampcheck schema describes it.',
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
