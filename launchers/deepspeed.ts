import { RampcheckError } from '../src/errors.ts';
import type { ClusterRequest, Node, Script } from '../src/job/job.ts';
import { type Given, type LauncherWords, readLauncherWords } from './argparse.ts';
import { portOf, wholeNumberOf } from './flag-values.ts';
import type { Launcher, LauncherFlag } from './launcher.ts';
import { programName, pythonModule } from './program.ts';

const programs = ['deepspeed', 'ds'];

const valued = (...names: string[]): LauncherFlag => ({ names, takesValue: true });
const flag = (...names: string[]): LauncherFlag => ({ names, takesValue: false });

/** deepspeed/launcher/runner.py parse_args, 0.19.8, with the elastic flags that 0.19.7 still had. */
const flags: readonly LauncherFlag[] = [
  valued('-H', '--hostfile'),
  valued('-i', '--include'),
  valued('-e', '--exclude'),
  valued('--num_nodes'),
  valued('--num_gpus', '--num_accelerators'),
  valued('--master_port'),
  valued('--master_addr'),
  valued('--node_rank'),
  valued('--launcher'),
  valued('--launcher_args'),
  flag('--module'),
  flag('--no_python'),
  flag('--no_local_rank'),
  flag('--no_ssh'),
  flag('--no_ssh_check'),
  flag('--force_multi'),
  flag('--save_pid'),
  valued('--enable_each_rank_log'),
  valued('--autotuning'),
  flag('--bind_cores_to_rank'),
  valued('--bind_core_list'),
  valued('--ssh_port'),
  valued('--venv_script'),
  valued('--log_level'),
  flag('-q', '--quiet'),
  flag('--elastic_training'),
  valued('--min_elastic_nodes'),
  valued('--max_elastic_nodes'),
];

/** Options that deepspeed.launcher.launch takes over from the deepspeed command. */
const forwarded = [
  '--no_python',
  '--module',
  '--no_local_rank',
  '--enable_each_rank_log',
  '--bind_cores_to_rank',
  '--bind_core_list',
  '--quiet',
  '--log_level',
];

/** Options that cannot work when rampcheck places the ranks, and what to do instead. */
const unsupported: Readonly<Record<string, string>> = {
  '--autotuning': 'first run the autotuner alone, then launch the configuration that it finds',
  '--venv_script': 'activate the environment before you call rampcheck, or use --activate',
  '--elastic_training': 'start a fixed number of nodes: DeepSpeed 0.19.8 removed its elastic training',
};

const unmistakable = [
  '--num_gpus',
  '--num_nodes',
  '--hostfile',
  '--master_port',
  '--master_addr',
  '--no_local_rank',
  '--no_ssh_check',
  '--force_multi',
  '--enable_each_rank_log',
];

/** DeepSpeed's launcher. Each node's command is the one that `deepspeed` itself would start there. */
export const deepspeed: Launcher = {
  name: 'deepspeed',
  programs,
  // deepspeed/launcher/runner.py EXPORT_ENVS and DEEPSPEED_ENVIRONMENT_NAME, and the CUDA accelerator's export_envs, 0.19.8.
  passesOn: {
    prefixes: ['MLFLOW', 'PYTHON', 'MV2', 'UCX', 'NCCL'],
    file: { name: '.deepspeed_env', variable: 'DS_ENV_FILE' },
  },
  needs: ['deepspeed'],
  defaultHostfile: '/job/hostfile',
  misplaced: flags.filter(({ names }) => names.some((name) => unmistakable.includes(name))),
  matches: (argv) => programEnd(argv) !== undefined,
  read(argv) {
    const words = readLauncherWords('deepspeed', flags, argv, programEnd(argv) ?? 1);
    for (const [name, instead] of Object.entries(unsupported)) {
      if (words.has(name)) {
        throw new RampcheckError('launcher-flag-unsupported', `rampcheck cannot honour deepspeed's ${name}`, {
          hint: instead,
        });
      }
    }
    return {
      launcher: 'deepspeed',
      argv,
      launcherArgv: argv.slice(0, words.script),
      script: readScript(words, argv),
      cluster: readCluster(words),
    };
  },
  nodeCommand({ launcherArgv, script, argv }, placement) {
    const words = readLauncherWords('deepspeed', flags, argv, programEnd(argv) ?? 1);
    const kept = words.given.filter(({ flag: { names } }) => names.some((name) => forwarded.includes(name)));
    return [
      pythonModule(launcherArgv) ? (launcherArgv[0] ?? placement.python) : placement.python,
      '-u',
      '-m',
      'deepspeed.launcher.launch',
      `--world_info=${encodeWorldInfo(placement.nodes)}`,
      `--node_rank=${placement.rank}`,
      `--master_addr=${placement.masterAddress}`,
      `--master_port=${placement.masterPort}`,
      ...kept.map(asOneWord),
      script.target,
      ...script.args,
    ];
  },
};

/**
 * DeepSpeed's `--world_info`: base64url with padding of what `json.dumps({host: [slot, …]})` prints. The text is built
 * by hand because the order of the hosts is the order of the node ranks, and an object would move a host named "7".
 */
export function encodeWorldInfo(nodes: readonly Pick<Node, 'name' | 'slots'>[]): string {
  const json = `{${nodes.map(({ name, slots }) => `${pythonString(name)}: [${slots.join(', ')}]`).join(', ')}}`;
  return Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** A string as json.dumps writes it: ASCII only. */
function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function programEnd(argv: readonly string[]): number | undefined {
  if (programs.includes(programName(argv[0]))) return 1;
  const python = pythonModule(argv);
  return python?.module === 'deepspeed.launcher.runner' ? python.end : undefined;
}

function readScript(words: LauncherWords, argv: readonly string[]): Script {
  const kind = words.has('--no_python') ? 'program' : words.has('--module') ? 'module' : 'file';
  return { kind, target: argv[words.script] ?? '', args: argv.slice(words.script + 1) };
}

function readCluster(words: LauncherWords): ClusterRequest {
  const cluster: ClusterRequest = {};
  const [nodes, ranks] = [count(words, '--num_nodes'), count(words, '--num_gpus')];
  if (nodes !== undefined) cluster.nodes = nodes;
  if (ranks !== undefined) cluster.ranksPerNode = ranks;
  const [hostfile, include, exclude] = ['--hostfile', '--include', '--exclude'].map(words.value);
  if (hostfile !== undefined) cluster.hostfile = hostfile;
  if (include) cluster.include = include;
  if (exclude) cluster.exclude = exclude;
  const [address, port] = [words.value('--master_addr'), words.value('--master_port')];
  if (address) cluster.masterAddress = address;
  if (port !== undefined) cluster.masterPort = portOf('deepspeed', '--master_port', port);
  return cluster;
}

/** A count; DeepSpeed's own default of -1 means "all". */
function count(words: LauncherWords, name: string): number | undefined {
  const text = words.value(name);
  return text === undefined || text === '-1' ? undefined : wholeNumberOf('deepspeed', name, text, 1);
}

/** `--x y` as `--x=y`, so that a value with a leading dash stays a value. */
function asOneWord({ flag: { names }, value }: Given): string {
  const name = names.at(-1) ?? '';
  return value === undefined ? name : `${name}=${value}`;
}
