import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { findLauncher } from '../../launchers/index.ts';
import { RampcheckError } from '../errors.ts';
import { type ClusterOptions, findCluster } from './cluster.ts';
import { type DeepSpeedConfig, parseDeepSpeedConfig, readDeepSpeedConfig } from './deepspeed-config.ts';
import { interpreterOf } from './interpreter.ts';
import type { Job, Script } from './job.ts';
import { assertNoMisplaced } from './misplaced.ts';
import { readTrainingArguments, type TrainingArguments } from './training-arguments.ts';

export interface JobOptions extends ClusterOptions {
  /** --samples */
  samples?: number | undefined;
  /** --env */
  env?: Readonly<Record<string, string>> | undefined;
}

export interface JobInput {
  /** The raw command, byte for byte. */
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  options: JobOptions;
}

/**
 * Reads a raw command and the files that it names into the job that it asks for. Starts nothing.
 *
 * @throws RampcheckError (exit 2) for whatever is missing, unreadable or contradictory.
 */
export function readJob({ argv, cwd, env, options }: JobInput): Job {
  const assigned = leadingAssignments(argv);
  const words = argv.slice(Object.keys(assigned).length);
  const launcher = findLauncher(words);
  const command = launcher.read(words, { ...env, ...assigned });
  assertNoMisplaced(command, launcher.misplaced, cwd);
  assertScript(cwd, command.script);
  const training = readTrainingArguments(command.script.args);
  return {
    command,
    cwd,
    ...findCluster(cwd, command.cluster, options, launcher),
    python: interpreterOf(words[0] ?? '', cwd, assigned.PATH ?? env.PATH),
    training,
    deepspeed: deepspeedConfig(cwd, training),
    samples: options.samples,
    env: { ...assigned, ...options.env },
  };
}

/** `NCCL_DEBUG=INFO deepspeed …`: behind rampcheck's `--` no shell takes the assignments away. */
function leadingAssignments(argv: readonly string[]): Record<string, string> {
  const assigned: Record<string, string> = {};
  for (const word of argv) {
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || Object.hasOwn(assigned, name)) break;
    assigned[name] = value;
  }
  return assigned;
}

function assertScript(cwd: string, { kind, target }: Script): void {
  // A module is found by Python's own path, a program by the shell's.
  if (kind === 'module' || (kind === 'program' && !target.includes('/'))) return;
  if (statSync(resolve(cwd, target), { throwIfNoEntry: false })?.isFile()) return;
  throw new RampcheckError('script-missing', `the training script '${target}' does not exist`, {
    location: { file: target },
    hint: `it is looked for in ${cwd}`,
  });
}

/** Names that front-ends have for the configs they ship; the file is not one of the user's. */
const SHIPPED = /^zero[0-3](_offload)?$/;

function deepspeedConfig(cwd: string, { deepspeed }: TrainingArguments): DeepSpeedConfig | undefined {
  if (!deepspeed?.value) return undefined;
  const { value } = deepspeed;
  if (value.trimStart().startsWith('{')) return parseDeepSpeedConfig(value, '--deepspeed');
  if (SHIPPED.test(value) && !statSync(resolve(cwd, value), { throwIfNoEntry: false })) return undefined;
  return readDeepSpeedConfig(cwd, value);
}
