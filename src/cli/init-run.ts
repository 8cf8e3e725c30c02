import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { commandJob } from './command-job.ts';
import type { initOptions } from './options.ts';

/** `rampcheck init`: the command is read first, so that a run file is only written for one that can be read. */
export async function initRun(
  input: CommandInput<Values<typeof initOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { output, force, ...options } = input.options;
  const path = String(output);
  if (force !== true && existsSync(resolve(context.cwd, path))) {
    throw new RampcheckError('run-file-exists', `'${path}' exists already`, {
      location: { file: path },
      hint: '--force replaces it',
    });
  }
  await commandJob(input, context);
  const text = runFileText(input.command, options);
  writeFileSync(resolve(context.cwd, path), text);
  return {
    exitCode: ExitCode.done,
    document: { written: path },
    text: `written: ${path}\nrampcheck check, plan and launch read it from now on\n`,
  };
}

/** YAML that reads back as the same words: every one in double quotes, as JSON, unless it is plainly a word. */
export function runFileText(command: readonly string[], options: Readonly<Record<string, unknown>>): string {
  const { hostfile, nodes, on, samples, holdSteps, versions, env, capture } = options;
  const said = {
    hostfile,
    nodes,
    on,
    samples,
    hold_steps: holdSteps === 'auto' ? undefined : holdSteps,
    capture: capture === false ? false : undefined,
  };
  const lines = [
    '# What rampcheck check, plan, launch and fix do when they are given no command. rampcheck schema describes it.',
    'command:',
    ...command.map((word) => `  - ${scalar(word)}`),
    ...Object.entries(said).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${scalar(value)}`],
    ),
    ...mapping('versions', versions),
    ...mapping('env', env),
  ];
  return `${lines.join('\n')}\n`;
}

function mapping(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [];
  return [
    `${name}:`,
    ...Object.entries(value).map(([key, entry]) => `  ${scalar(key)}: ${JSON.stringify(String(entry))}`),
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
