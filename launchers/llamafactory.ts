import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { RampcheckError } from '../src/errors.ts';
import { pythonScalar } from '../src/files/yaml-scalar.ts';
import { readArgumentsFile, settingsOfFile } from '../src/job/arguments-file.ts';
import { transformersDefaults } from '../src/job/defaults.ts';
import { type Setting, settingsOfArgv } from '../src/job/setting.ts';
import type { FrontEnd } from './front-end.ts';
import type { Launcher } from './launcher.ts';
import { programName, pythonModule } from './program.ts';
import { clusterOfVariables, variablesOf } from './rank-variables.ts';

/** LLaMA-Factory 0.9.5, hparams/parser.py: a YAML or JSON file, with `key=value` overrides, or options. */
export const llamafactoryFrontEnd: FrontEnd = {
  name: 'llamafactory',
  matches: ({ kind, target }, text) =>
    kind === 'module'
      ? /^llamafactory\b/.test(target)
      : /\bfrom llamafactory\b[\s\S]*\brun_exp\b/.test(text ?? ''),
  settings(args, cwd) {
    const words = args[0] === 'train' ? args.slice(1) : args;
    const [first = '', ...rest] = words;
    if (!/\.(ya?ml|json)$/.test(first)) return { settings: settingsOfArgv(words), unread: [] };
    if (!existsSync(resolve(cwd, first))) {
      throw new RampcheckError('arguments-file-missing', `the arguments file '${first}' does not exist`, {
        location: { file: first },
      });
    }
    const file = readArgumentsFile(cwd, first, omegaScalar);
    return { settings: [...settingsOfFile(file), ...rest.flatMap(overlay)], unread: [] };
  },
  defaults: () => ({ ...transformersDefaults, of: 'LLaMA-Factory' }),
};

const programs = ['llamafactory-cli', 'lmf'];

/** llamafactory-cli train: starts torchrun itself; variables describe the nodes (launcher.py). */
export const llamafactory: Launcher = {
  name: 'llamafactory-cli',
  programs,
  misplaced: [],
  frontEnd: llamafactoryFrontEnd,
  matches: (argv) => programEnd(argv) !== undefined,
  read(argv, env) {
    const end = programEnd(argv) ?? 1;
    return {
      launcher: 'llamafactory-cli',
      argv,
      launcherArgv: argv.slice(0, end),
      script: { kind: 'program', target: argv[end] ?? '', args: argv.slice(end + 1) },
      cluster: clusterOfVariables('llamafactory-cli', env),
    };
  },
  nodeCommand: ({ argv }) => [...argv],
  nodeEnv: (_, placement) => ({ FORCE_TORCHRUN: '1', ...variablesOf(placement) }),
};

function programEnd(argv: readonly string[]): number | undefined {
  const named = pythonModule(argv);
  const end = programs.includes(programName(argv[0]))
    ? 1
    : named?.module === 'llamafactory.cli'
      ? named.end
      : undefined;
  return end !== undefined && argv[end] === 'train' ? end : undefined;
}

/** OmegaConf reads 1e-4 as a number, PyYAML as a string. */
function omegaScalar(text: string): unknown {
  return /^[-+]?(\d[\d_]*)(\.\d*)?[eE][-+]?\d+$/.test(text)
    ? Number(text.replaceAll('_', ''))
    : pythonScalar(text);
}

/** `learning_rate=1e-5`, which overrides the file. */
function overlay(word: string): Setting[] {
  const [, name, value = ''] = /^(?:--)?([\w.]+)=([\s\S]*)$/.exec(word) ?? [];
  return name === undefined ? [] : [{ name, value, text: word, source: 'command' }];
}
