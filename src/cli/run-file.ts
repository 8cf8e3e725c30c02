import type * as z from 'zod';
import type { Ignored } from '../command/command.ts';
import { keyOf } from '../command/option.ts';
import { type Location, RampcheckError } from '../errors.ts';
import { readNamedFile } from '../files/read-file.ts';
import { splitLine } from '../files/split-line.ts';
import type { StructuredFile } from '../files/structured-file.ts';
import { parseYamlObject } from '../files/yaml-object.ts';
import { pythonScalar } from '../files/yaml-scalar.ts';
import { nearest } from '../nearest.ts';
import { runFileOptions } from './options.ts';
import { runFileSchema } from './run-file-schema.ts';

/** The contents of a run file: its options by name. */
export interface RunFile {
  command: readonly string[];
  options: Readonly<Record<string, unknown>>;
  ignore: readonly Ignored[];
}

/**
 * Reads a run file.
 *
 * @throws RampcheckError `run-file-missing`, or `run-file-bad` with the line and column of what is wrong.
 */
export function readRunFile(cwd: string, path: string): RunFile {
  const content = readNamedFile(cwd, path, {
    code: 'run-file-missing',
    what: 'the run file',
    hint: 'create one with rampcheck init -- <command…>',
  });
  const file = parseYamlObject(content, path, {
    what: 'the run file',
    code: 'run-file-bad',
    scalar: runFileScalar,
  });
  const result = runFileSchema.safeParse({ ...file.value, ...commandWords(file) });
  if (result.success) return runFileOf(result.data);
  const { issues } = result.error;
  // A mistyped key explains the missing one.
  throw badRunFile(file, issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
}

function runFileOf({ command, ignore = [], ...data }: z.output<typeof runFileSchema>): RunFile {
  const values: Readonly<Record<string, unknown>> = data;
  const options: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(runFileOptions)) {
    const value = values[keyOf(name)];
    if (value !== undefined) options[name] = kind.file?.read ? kind.file.read(value) : value;
  }
  return { command: typeof command === 'string' ? splitLine(command) : command, options, ignore };
}

/** A word of the command stays as it is written: 1e-5 and 10 stay strings. */
function commandWords(file: StructuredFile): { command?: unknown } {
  const { command } = file.value;
  if (!Array.isArray(command)) return {};
  return {
    command: command.map((word, at) =>
      typeof word === 'object' && word !== null
        ? word
        : typeof word === 'string'
          ? word
          : file.source(['command', at]),
    ),
  };
}

/** Numbers, true and false; a version such as 5.23 and a word such as `on` stay strings. */
function runFileScalar(word: string): unknown {
  if (/^(yes|no|on|off)$/i.test(word)) return word;
  return pythonScalar(word);
}

function badRunFile(file: StructuredFile, issue: z.core.$ZodIssue | undefined): RampcheckError {
  if (!issue) throw new Error('zod refused the run file and named no issue');
  const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    ...(key === undefined ? [] : [key]),
  ];
  const location = placeOf(file, path);
  if (key !== undefined) {
    const known = Object.keys(runFileSchema.shape);
    const close = nearest(key, known);
    return new RampcheckError('run-file-bad', `the run file has no key '${path.join('.')}'`, {
      location,
      hint: close.length ? `did you mean ${close.join(' or ')}?` : `it has ${known.join(', ')}`,
    });
  }
  const name = path.join('.') || 'command';
  if (name === 'command' && !('command' in file.value)) {
    return new RampcheckError('run-file-bad', 'the run file has no command', {
      location,
      hint: 'add command: deepspeed train.py …, or a list of its words',
    });
  }
  const said = issue.message.replace(/^Invalid input: /, '').replace('expected', 'it needs to be a');
  return new RampcheckError('run-file-bad', `${name} of the run file: ${said}`, {
    location,
    hint: 'rampcheck schema shows what it may contain',
  });
}

/** The location of an entry, or of the nearest enclosing one. */
function placeOf(file: StructuredFile, path: readonly (string | number)[]): Location {
  for (let length = path.length; length > 0; length--) {
    const place = file.locate(path.slice(0, length));
    if (place) return place;
  }
  return { file: file.path };
}
