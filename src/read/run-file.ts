import * as z from 'zod';
import { type Location, RampcheckError } from '../errors.ts';
import { readNamedFile } from '../files/read-file.ts';
import type { StructuredFile } from '../files/structured-file.ts';
import { parseYamlObject } from '../files/yaml-object.ts';
import { pythonScalar } from '../files/yaml-scalar.ts';
import { nearest } from '../nearest.ts';

const positive = z.int().min(1);
const text = z.string().min(1);

/** rampcheck.yaml: the options of the commands that take a raw command, under their own names, and the command itself. */
export const runFileSchema = z
  .strictObject({
    command: z
      .union([text, z.array(z.string()).min(1)])
      .describe('the launcher’s command: a list of words, or one line whose words may be quoted'),
    hostfile: text.optional().describe("the cluster, as lines 'host slots=N'; wins over the command's own"),
    nodes: positive.optional().describe('number of nodes, played by this machine with on: local'),
    on: z.enum(['local', 'ssh']).optional().describe('how nodes are reached'),
    samples: positive.optional().describe('training samples in the data set'),
    hold_steps: z
      .union([z.literal('auto'), positive])
      .optional()
      .describe('optimizer steps that must agree before the run is released'),
    expect: z
      .union([text, z.array(text).min(1)])
      .optional()
      .describe(
        'what the learning rate should do; wins over what the command says; a list: one per optimizer',
      ),
    on_mismatch: z
      .enum(['abort', 'warn'])
      .optional()
      .describe('what to do when the learning rate is not the expected one'),
    after_release: z
      .enum(['warn', 'abort', 'off'])
      .optional()
      .describe('what to do with a difference that comes after the release'),
    report_timeout: positive
      .optional()
      .describe('seconds without a new rank after which missing ones are given up'),
    ssh: z.enum(['auto', 'system', 'builtin']).optional().describe('which ssh reaches the nodes'),
    ssh_config: text.optional().describe("another configuration than ssh's own"),
    sync: z.boolean().optional().describe('copy the working directory to every node first, with rsync'),
    env_file: z
      .union([text, z.array(text).min(1)])
      .optional()
      .describe("files of NAME=value lines, added to every node's environment"),
    start_step: z.int().min(0).optional().describe('optimizer step at which a resumed run starts'),
    run_dir: text.optional().describe('folder of the run'),
    projection: z.boolean().optional().describe('false: judge by observed steps alone'),
    capture: z
      .boolean()
      .optional()
      .describe('false: never run a shell script to see which command it starts'),
    versions: z
      .strictObject({ transformers: text, deepspeed: text, accelerate: text, torch: text })
      .partial()
      .optional()
      .describe('library versions of the nodes'),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("added to every node's environment"),
    ignore: z
      .array(
        z.strictObject({
          rule: text.describe('a rule that check should not mind'),
          reason: text.describe('why, for the next reader'),
        }),
      )
      .optional()
      .describe('rules that are not minded, with the reason'),
  })
  .describe('A run: rampcheck check, plan, launch and fix read it in place of a raw command.');

export type RunFile = z.output<typeof runFileSchema>;

/**
 * Reads a run file.
 *
 * @throws RampcheckError `run-file-missing`, or `run-file-bad` with the line and column of what is wrong.
 */
export function readRunFile(cwd: string, path: string): RunFile {
  const content = readNamedFile(cwd, path, {
    code: 'run-file-missing',
    what: 'the run file',
    hint: 'rampcheck init -- <command…> writes one',
  });
  const file = parseYamlObject(content, path, {
    what: 'the run file',
    code: 'run-file-bad',
    scalar: runFileScalar,
  });
  const result = runFileSchema.safeParse({ ...file.value, ...commandWords(file) });
  if (result.success) return result.data;
  const { issues } = result.error;
  // A mistyped key explains the missing one.
  throw badRunFile(file, issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
}

/** A word of the command is what is written there: 1e-5 and 10 stay texts. */
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

/** Numbers, true and false; a version like 5.23 and a word like `on` stay what they look like. */
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
      hint: 'command: deepspeed train.py …, or a list of its words',
    });
  }
  const said = issue.message.replace(/^Invalid input: /, '').replace('expected', 'it needs to be a');
  return new RampcheckError('run-file-bad', `${name} of the run file: ${said}`, {
    location,
    hint: 'rampcheck schema shows what it may hold',
  });
}

/** The place of an entry, or of the nearest one around it. */
function placeOf(file: StructuredFile, path: readonly (string | number)[]): Location {
  for (let length = path.length; length > 0; length--) {
    const place = file.locate(path.slice(0, length));
    if (place) return place;
  }
  return { file: file.path };
}
