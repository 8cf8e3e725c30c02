import type { OptionDefinition } from '../command/command.ts';
import { oneOf, rankList, repeated, wholeNumber } from '../command/values.ts';
import { RampcheckError } from '../errors.ts';
import { type Activation, parseActivation } from '../job/activation.ts';
import type { JobOptions } from '../read/read-job.ts';
import { parseVersions } from '../schedule/versions.ts';

function holdSteps(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new RampcheckError('bad-option', `--hold-steps is 'auto' or a positive whole number, not '${text}'`);
}

function environment(text: string, previous: unknown): Record<string, string | undefined> {
  const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) {
    throw new RampcheckError('bad-option', `--env needs NAME or NAME=VALUE, not '${text.slice(0, 40)}'`);
  }
  return { ...(previous as Record<string, string>), [name]: value };
}

/** Whose output is shown while a run goes on. */
export const ranksOption: OptionDefinition = {
  flags: '--ranks <all|0,8>',
  description: 'ranks whose output is shown (default: 0); the same line of many is shown once',
  parse: rankList('--ranks'),
};

/** Options of every command that takes a raw command (DESIGN: common options). */
export const jobOptions: readonly OptionDefinition[] = [
  {
    flags: '--run-file <file>',
    description: 'a run file in place of a raw command (default: rampcheck.yaml, when no command is given)',
  },
  {
    flags: '--hostfile <file>',
    description: "the cluster, as lines 'host slots=N'; wins over the command's own",
  },
  {
    flags: '--nodes <n>',
    description: 'number of nodes, played by this machine with --on local',
    parse: wholeNumber('--nodes', 1),
  },
  {
    flags: '--on <executor>',
    description: 'how nodes are reached: local or ssh (default: local when every node is this machine)',
    parse: oneOf('--on', ['local', 'ssh']),
  },
  {
    flags: '--samples <n>',
    description: 'training samples in the data set, so that the total of steps is known beforehand',
    parse: wholeNumber('--samples', 1),
  },
  {
    flags: '--hold-steps <auto|n>',
    description: 'optimizer steps that must agree before the run is released',
    default: 'auto',
    parse: holdSteps,
  },
  {
    flags: '--no-capture',
    description: 'never run a shell script to see which command it starts',
  },
  {
    flags: '--versions <list>',
    description: 'library versions of the nodes, as in transformers=4.57.6 (default: what is installed here)',
    parse: (text) => parseVersions(text),
  },
  {
    flags: '--env <K[=V]>',
    description: "add to every node's environment (the value from here without one); may be repeated",
    parse: environment,
  },
  {
    flags: '--env-file <file>',
    description: "a .env file for every node's environment; may be repeated",
    parse: repeated,
  },
  {
    flags: '--activate <what>',
    description:
      'before the launcher on every node: a virtual environment, env.sh, conda:NAME or module:NAME; may be repeated',
    parse: (text, previous) => [...((previous as Activation[] | undefined) ?? []), parseActivation(text)],
  },
];

/** Options of the commands that reach nodes over SSH. */
export const sshOptions: readonly OptionDefinition[] = [
  {
    flags: '--ssh <which>',
    description: "auto, system (this machine's ssh) or builtin (rampcheck's own)",
    default: 'auto',
    parse: oneOf('--ssh', ['auto', 'system', 'builtin']),
  },
  { flags: '--ssh-config <file>', description: "another configuration than ssh's own, as ssh -F takes it" },
];

/** The parsed options that describe the job itself, for `readJob`. */
export function jobOptionsOf({
  hostfile,
  nodes,
  on,
  samples,
  env,
  versions,
  envFile,
  activate,
  gpusPerNode,
}: Record<string, unknown>): JobOptions {
  return { hostfile, nodes, on, samples, env, versions, envFile, activate, gpusPerNode } as JobOptions;
}

/** Options of every command. */
export const commonOptions: readonly OptionDefinition[] = [
  { flags: '--json', description: 'print one JSON document on stdout and nothing else there' },
  { flags: '-q, --quiet', description: 'print problems and the result only' },
  { flags: '-v, --verbose', description: "print every rank's output, not rank 0's alone" },
];
