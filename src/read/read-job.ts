import { resolve } from 'node:path';
import { findLauncher, frontEnds } from '../../launchers/index.ts';
import { RampcheckError } from '../errors.ts';
import { statIfAny } from '../files/read-bounded.ts';
import type { Activation } from '../job/activation.ts';
import { worldSizeOf } from '../job/count-job-steps.ts';
import { type DeepSpeedConfig, parseDeepSpeedConfig, readDeepSpeedConfig } from '../job/deepspeed-config.ts';
import { defaultsOfTrainer } from '../job/defaults.ts';
import type { Job, Script } from '../job/job.ts';
import { readScriptText, scriptSettings } from '../job/script-settings.ts';
import type { Unread } from '../job/setting.ts';
import { trlTrainer } from '../job/trainer.ts';
import { type TrainingArguments, trainingArgumentsOf } from '../job/training-arguments.ts';
import type { Versions } from '../schedule/schedule.ts';
import { type ClusterOptions, findCluster } from './cluster.ts';
import { nodeEnvironment } from './environment.ts';
import { installedVersions } from './installed.ts';
import { interpreterOf } from './interpreter.ts';
import { assertNoMisplaced } from './misplaced.ts';

export interface JobOptions extends ClusterOptions {
  /** --samples */
  samples?: number | undefined;
  /** --env; a name without a value takes the one it has here. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** --env-file */
  envFile?: readonly string[] | undefined;
  /** --activate */
  activate?: readonly Activation[] | undefined;
  /** --versions, in place of what is installed beside the launcher. */
  versions?: Versions | undefined;
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
  if (argv.some((word) => word.includes('\0')))
    throw new RampcheckError('bad-word', 'the command has a word with a NUL character in it');
  const assigned = leadingAssignments(argv);
  const words = argv.slice(Object.keys(assigned).length);
  const environment = { ...env, ...assigned };
  const launcher = findLauncher(words);
  const command = launcher.read(words, environment, cwd);
  assertNoMisplaced(command, launcher.misplaced, cwd);
  if (!launcher.frontEnd) assertScript(cwd, command.script);
  assertHostfileNamed(command.cluster.hostfile);
  const cluster = findCluster(cwd, command.cluster, options, launcher);
  const scriptText = launcher.frontEnd ? undefined : readScriptText(cwd, command.script);
  const frontEnd = launcher.frontEnd ?? frontEnds.find(({ matches }) => matches(command.script, scriptText));
  const given = frontEnd
    ? frontEnd.settings(command.script.args, cwd)
    : scriptSettings(command.script, cwd, scriptText);
  const training = trainingArgumentsOf(given.settings);
  const path = environment.PATH;
  const activate = options.activate ?? [];
  const variables = nodeEnvironment({
    launcher,
    cwd,
    env,
    assigned,
    given: options.env ?? {},
    files: options.envFile ?? [],
    local: cluster.reach === 'here',
  });
  return {
    command,
    cwd,
    ...cluster,
    // What is activated on the node says which Python it is.
    python:
      activate.length > 0 && !words[0]?.includes('/') ? 'python' : interpreterOf(words[0] ?? '', cwd, path),
    training,
    settings: given.settings,
    unread: [...given.unread, ...shippedConfig(cwd, training, frontEnd?.name)],
    frontEnd: frontEnd?.name,
    defaults:
      frontEnd?.defaults(given, worldSizeOf(cluster)) ??
      defaultsOfTrainer(trlTrainer({ scriptText, command })),
    versions: options.versions ?? installedVersions(words[0] ?? '', cwd, path),
    scriptText,
    environment,
    deepspeed: deepspeedConfig(cwd, training, command.deepspeedConfig),
    samples: options.samples,
    env: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    envSources: Object.fromEntries(variables.map(({ name, source }) => [name, source])),
    activate,
  };
}

/** `--hostfile=$HOSTS` with no such variable: DeepSpeed would look for a file without a name, and train on one machine. */
function assertHostfileNamed(hostfile: string | undefined): void {
  if (hostfile?.trim() !== '') return;
  throw new RampcheckError('hostfile-missing', 'the hostfile has no name: --hostfile is given nothing', {
    hint: 'a shell variable that is not set? Name the file that lists the nodes, or leave the option out',
  });
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
  if (statIfAny(resolve(cwd, target))?.isFile()) return;
  throw new RampcheckError('script-missing', `the training script '${target}' does not exist`, {
    location: { file: target },
    hint: `it is looked for in ${cwd}`,
  });
}

/** Names that front-ends have for the configs they ship; the file is not one of the user's. */
const SHIPPED = /^zero[0-3](_offload)?$/;

/** ms-swift's own configs have no scheduler; what another program calls zero3 is not known. */
function shippedConfig(
  cwd: string,
  { deepspeed }: TrainingArguments,
  frontEnd: string | undefined,
): Unread[] {
  if (!deepspeed || !SHIPPED.test(deepspeed.value) || frontEnd === 'swift') return [];
  if (statIfAny(resolve(cwd, deepspeed.value))) return [];
  return [{ what: deepspeed.text, why: 'a config that the training program ships under this name' }];
}

function deepspeedConfig(
  cwd: string,
  { deepspeed }: TrainingArguments,
  launcherConfig: string | undefined,
): DeepSpeedConfig | undefined {
  const value = deepspeed?.value || launcherConfig;
  if (!value) return undefined;
  if (value.trimStart().startsWith('{')) return parseDeepSpeedConfig(value, '--deepspeed');
  if (SHIPPED.test(value) && !statIfAny(resolve(cwd, value))) return undefined;
  return readDeepSpeedConfig(cwd, value);
}
