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
  /** --env; a name without a value gets this machine's value. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** --env-file */
  envFile?: readonly string[] | undefined;
  /** --activate */
  activate?: readonly Activation[] | undefined;
  /** --versions, instead of the versions installed in the launcher's environment. */
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
 * Reads a raw command and the files that it names into a job. Starts nothing.
 *
 * @throws RampcheckError (exit 2) for anything missing, unreadable or contradictory.
 */
export function readJob({ argv, cwd, env, options }: JobInput): Job {
  if (argv.some((word) => word.includes('\0')))
    throw new RampcheckError('bad-word', 'a word of the command contains a NUL character');
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
    // An activated environment on the node decides which Python it is.
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
  throw new RampcheckError('hostfile-missing', '--hostfile has an empty value', {
    hint: 'probably a shell variable is not set: give the file that lists the nodes, or leave the option out',
  });
}

/** `NCCL_DEBUG=INFO deepspeed …`: after rampcheck's `--` no shell removes the assignments. */
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
  // Modules are found on Python's path, programs on the shell's.
  if (kind === 'module' || (kind === 'program' && !target.includes('/'))) return;
  if (statIfAny(resolve(cwd, target))?.isFile()) return;
  throw new RampcheckError('script-missing', `the training script '${target}' does not exist`, {
    location: { file: target },
    hint: `a relative path starts at ${cwd}`,
  });
}

/** Names that front-ends use for configs that they ship; they are not files of the user. */
const SHIPPED = /^zero[0-3](_offload)?$/;

/** The configs shipped with ms-swift have no scheduler; those of other programs are not known. */
function shippedConfig(
  cwd: string,
  { deepspeed }: TrainingArguments,
  frontEnd: string | undefined,
): Unread[] {
  if (!deepspeed || !SHIPPED.test(deepspeed.value) || frontEnd === 'swift') return [];
  if (statIfAny(resolve(cwd, deepspeed.value))) return [];
  return [
    { what: deepspeed.text, why: 'the training program ships this config, and rampcheck does not have it' },
  ];
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
