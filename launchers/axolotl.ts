import { RampcheckError } from '../src/errors.ts';
import { readArgumentsFile, settingsOfFile } from '../src/job/arguments-file.ts';
import { launcherWords } from '../src/job/axolotl.ts';
import { transformersDefaults } from '../src/job/defaults.ts';
import type { ClusterRequest } from '../src/job/job.ts';
import { type Setting, settingsOfArgv, type Unread } from '../src/job/setting.ts';
import { wholeNumberOf } from './flag-values.ts';
import type { FrontEnd } from './front-end.ts';
import type { Launcher } from './launcher.ts';
import { programName } from './program.ts';

/** axolotl's names for TrainingArguments' (axolotl 0.19.0, core/builders/base.py). */
const names: Readonly<Record<string, string>> = {
  lr_scheduler: 'lr_scheduler_type',
  num_epochs: 'num_train_epochs',
  micro_batch_size: 'per_device_train_batch_size',
  optimizer: 'optim',
  sample_packing: 'packing',
};

export const axolotlFrontEnd: FrontEnd = {
  name: 'axolotl',
  matches: ({ kind, target }) => kind === 'module' && /^axolotl\.cli\.train$/.test(target),
  settings(args, cwd) {
    const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
    const path = own.find((word) => /\.ya?ml$/.test(word) && !word.startsWith('-'));
    if (path === undefined) {
      throw new RampcheckError('arguments-file-missing', 'axolotl train has no YAML file', {
        hint: 'axolotl train config.yml',
      });
    }
    const options = settingsOfArgv(own).map((setting) => ({
      ...setting,
      name: names[setting.name] ?? setting.name,
    }));
    const settings = [...settingsOfFile(readArgumentsFile(cwd, path), names), ...options];
    return { settings, unread: unreadIn(settings) };
  },
  defaults: () => ({
    ...transformersDefaults,
    of: 'axolotl',
    lr_scheduler_type: 'cosine',
    per_device_train_batch_size: 1,
    num_train_epochs: 1,
  }),
};

/** axolotl train config.yml [options] [-- the launcher's options]. */
export const axolotl: Launcher = {
  name: 'axolotl',
  programs: ['axolotl'],
  misplaced: [],
  frontEnd: axolotlFrontEnd,
  matches: (argv) => programName(argv[0]) === 'axolotl' && argv[1] === 'train',
  read(argv) {
    return {
      launcher: 'axolotl',
      argv,
      launcherArgv: argv.slice(0, 2),
      script: { kind: 'program', target: 'train', args: argv.slice(2) },
      cluster: readCluster(launcherWords(argv)),
    };
  },
  nodeCommand({ argv }, { rank, nodes, masterAddress, masterPort }) {
    const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : [...argv];
    const at = own.findIndex((word) => /^--launcher(=|$)/.test(word));
    if (at >= 0) own.splice(at, own[at] === '--launcher' ? 2 : 1);
    return [
      ...own,
      '--launcher',
      'torchrun',
      '--',
      // A static rendezvous: for a dynamic one axolotl gives each node a different random id.
      '--nnodes',
      String(nodes.length),
      '--nproc_per_node',
      String(nodes[rank]?.slots.length ?? 1),
      '--node_rank',
      String(rank),
      '--master_addr',
      masterAddress,
      '--master_port',
      String(masterPort),
    ];
  },
};

function readCluster(words: readonly string[]): ClusterRequest {
  const cluster: ClusterRequest = {};
  for (const { name, value } of settingsOfArgv(words)) {
    if (typeof value !== 'string' || !/^\d+$/.test(value)) continue;
    if (name === 'nproc_per_node')
      cluster.ranksPerNode = wholeNumberOf('axolotl', '--nproc_per_node', value, 1);
    if (name === 'nnodes' && Number(value) > 1)
      cluster.nodes = wholeNumberOf('axolotl', '--nnodes', value, 1);
  }
  return cluster;
}

function unreadIn(settings: readonly Setting[]): Unread[] {
  const given = (name: string) =>
    settings.findLast((setting) => setting.name === name && setting.value !== null);
  const [steps, ratio] = [given('warmup_steps'), given('warmup_ratio')];
  const groups = given('lr_groups');
  const unread: Unread[] = groups
    ? [{ what: groups.text, why: 'axolotl builds parameter groups from it, which are not drawn here' }]
    : [];
  if (steps) return unread;
  return [
    ...unread,
    ratio
      ? {
          what: ratio.text,
          why: 'axolotl rounds it down, with its own estimate of the total: the warmup may be one step shorter',
        }
      : {
          what: 'the warmup',
          why: 'it is not stated: axolotl uses 3 % of its own estimate of the total, at most 100 steps',
        },
  ];
}
