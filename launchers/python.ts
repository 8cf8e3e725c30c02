import { RampcheckError } from '../src/errors.ts';
import type { Launcher } from './launcher.ts';
import { pythonModule } from './program.ts';

/** `python train.py …` and `python -m package.train …`: one process, or as many threads as torch finds GPUs. */
export const python: Launcher = {
  name: 'python',
  programs: ['python', 'python3'],
  misplaced: [],
  matches: (argv) => scriptAt(argv) !== undefined || pythonModule(argv) !== undefined,
  read(argv) {
    const named = pythonModule(argv);
    const at = scriptAt(argv) ?? named?.end ?? 1;
    return {
      launcher: 'python',
      argv,
      launcherArgv: argv.slice(0, named ? at - 1 : at),
      script: named
        ? { kind: 'module', target: named.module, args: argv.slice(at) }
        : { kind: 'file', target: argv[at] ?? '', args: argv.slice(at + 1) },
      cluster: { ranksPerNodeDefault: 1 },
    };
  },
  nodeCommand(command, { nodes }) {
    if (nodes.length > 1 || (nodes[0]?.slots.length ?? 1) > 1) {
      throw new RampcheckError(
        'launcher-single-process',
        'python starts one process, but several are requested',
        {
          hint: 'use torchrun instead: torchrun --nproc-per-node 8 train.py …',
        },
      );
    }
    return [...command.argv];
  },
};

/** The index of the script in `python [options] script.py`; undefined for `-c`, `-m` and an interactive Python. */
function scriptAt(argv: readonly string[]): number | undefined {
  if (!/^(?:.*\/)?python[\d.]*$/.test(argv[0] ?? '')) return undefined;
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '-X' || word === '-W') at++;
    else if (!word.startsWith('-')) return at;
    else if (!/^-[bBdEIOPqRsSuvx]+$/.test(word)) return undefined;
  }
  return undefined;
}
