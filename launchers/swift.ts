import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readArgumentsFile, settingsOfFile } from '../src/job/arguments-file.ts';
import { transformersDefaults } from '../src/job/defaults.ts';
import { settingsOfArgv } from '../src/job/setting.ts';
import { trainingArgumentsOf } from '../src/job/training-arguments.ts';
import type { FrontEnd } from './front-end.ts';
import type { Launcher } from './launcher.ts';
import { programName, pythonModule } from './program.ts';
import { clusterOfVariables, variablesOf } from './rank-variables.ts';

/** ms-swift 4.6.0: TrainingArguments' names, with other defaults. */
export const swiftFrontEnd: FrontEnd = {
  name: 'swift',
  matches: ({ kind, target }) =>
    kind === 'module'
      ? /^swift\.cli\.(sft|pt|rlhf)$/.test(target)
      : /(^|\/)swift\/cli\/(sft|pt|rlhf)\.py$/.test(target),
  settings(args, cwd) {
    const [first = '', ...rest] = args;
    if (/\.(ya?ml|json)$/.test(first) && existsSync(resolve(cwd, first))) {
      return {
        settings: [...settingsOfFile(readArgumentsFile(cwd, first)), ...settingsOfArgv(rest)],
        unread: [],
      };
    }
    return { settings: settingsOfArgv(args), unread: [] };
  },
  defaults({ settings }, worldSize) {
    const tuner = settings.findLast(({ name }) =>
      ['tuner_type', 'train_type', 'sft_type'].includes(name),
    )?.value;
    const batch = trainingArgumentsOf(settings).per_device_train_batch_size?.value ?? 1;
    return {
      ...transformersDefaults,
      of: 'ms-swift',
      learning_rate: tuner === 'full' ? 1e-5 : 1e-4,
      lr_scheduler_type: 'cosine',
      per_device_train_batch_size: 1,
      gradient_accumulation_steps: Math.max(1, Math.ceil(16 / batch / (worldSize ?? 1))),
    };
  },
};

/** swift sft: starts torchrun itself if NPROC_PER_NODE is set (swift/cli/main.py). */
export const swift: Launcher = {
  name: 'swift',
  programs: ['swift'],
  misplaced: [],
  frontEnd: swiftFrontEnd,
  matches: (argv) => programEnd(argv) !== undefined,
  read(argv, env) {
    const end = programEnd(argv) ?? 1;
    return {
      launcher: 'swift',
      argv,
      launcherArgv: argv.slice(0, end),
      script: { kind: 'program', target: argv[end] ?? '', args: argv.slice(end + 1) },
      cluster: {
        ...clusterOfVariables('swift', env),
        ...(env.NPROC_PER_NODE ? {} : { ranksPerNodeDefault: 1 }),
      },
    };
  },
  nodeCommand: ({ argv }) => [...argv],
  nodeEnv: (_, placement) => variablesOf(placement),
};

function programEnd(argv: readonly string[]): number | undefined {
  const named = pythonModule(argv);
  const end =
    programName(argv[0]) === 'swift' ? 1 : named?.module === 'swift.cli.main' ? named.end : undefined;
  return end !== undefined && /^(sft|pt|rlhf)$/.test(argv[end] ?? '') ? end : undefined;
}
