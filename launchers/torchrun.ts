import { RampcheckError } from '../src/errors.ts';
import type { ClusterRequest, Script } from '../src/job/job.ts';
import { type LauncherWords, readLauncherWords } from './argparse.ts';
import { portOf, wholeNumberOf } from './flag-values.ts';
import type { Launcher, LauncherFlag, Placement } from './launcher.ts';
import { programName, pythonModule } from './program.ts';

/** A flag in both of its spellings: --rdzv-id and --rdzv_id. */
const both =
  (takesValue: boolean) =>
  (name: string, short?: string): LauncherFlag => ({
    names: [...(short ? [short] : []), ...new Set([`--${name}`, `--${name.replaceAll('-', '_')}`])],
    takesValue,
  });
const valued = both(true);
const flag = both(false);

/** torch/distributed/run.py get_args_parser, 2.14.1. */
const flags: readonly LauncherFlag[] = [
  valued('nnodes'),
  valued('nproc-per-node'),
  valued('rdzv-backend'),
  valued('rdzv-endpoint'),
  valued('rdzv-id'),
  valued('rdzv-conf'),
  flag('standalone'),
  valued('max-restarts'),
  valued('monitor-interval'),
  valued('start-method'),
  valued('event-log-handler'),
  valued('role'),
  flag('module', '-m'),
  flag('no-python'),
  flag('run-path'),
  valued('log-dir'),
  valued('redirects', '-r'),
  valued('tee', '-t'),
  valued('log-line-prefix-template'),
  valued('local-ranks-filter'),
  valued('duplicate-stdout-filters'),
  valued('duplicate-stderr-filters'),
  valued('node-rank'),
  valued('master-addr'),
  valued('master-port'),
  valued('local-addr'),
  valued('logs-specs'),
  valued('numa-binding'),
  valued('signals-to-handle'),
  valued('shutdown-timeout'),
  flag('virtual-local-rank'),
  valued('print-completion'),
];

/** What rampcheck sets for each node itself. */
const placed = [
  '--nnodes',
  '--nproc-per-node',
  '--node-rank',
  '--master-addr',
  '--master-port',
  '--rdzv-backend',
  '--rdzv-endpoint',
  '--rdzv-id',
  '--rdzv-conf',
  '--standalone',
];

/** torchrun, also as `python -m torch.distributed.run`. */
export const torchrun: Launcher = {
  name: 'torchrun',
  programs: ['torchrun'],
  misplaced: flags.filter(({ names }) =>
    placed.some((name) => name !== '--standalone' && names.includes(name)),
  ),
  matches: (argv) => programEnd(argv) !== undefined,
  read(argv, env) {
    const words = readWords(argv);
    return {
      launcher: 'torchrun',
      argv,
      launcherArgv: argv.slice(0, words.script),
      script: readScript(words, argv, env),
      cluster: readCluster(words, env),
    };
  },
  nodeCommand(command, placement) {
    const { argv, script, cluster } = command;
    const words = readWords(argv);
    const c10d = cluster.rendezvous === 'c10d';
    const own = [...placed, ...(c10d ? ['--local-addr'] : [])];
    const kept = words.given.filter(({ flag: { names } }) => !names.some((name) => own.includes(name)));
    return [
      ...argv.slice(0, programEnd(argv)),
      '--nnodes',
      String(placement.nodes.length),
      '--nproc-per-node',
      String(placement.nodes[placement.rank]?.slots.length ?? 1),
      ...(c10d ? dynamicRendezvous(words, placement) : staticRendezvous(placement)),
      ...kept.flatMap((given) => given.words),
      ...(words.separated ? ['--'] : []),
      script.target,
      ...script.args,
    ];
  },
};

function staticRendezvous({ rank, masterAddress, masterPort }: Placement): string[] {
  return ['--node-rank', String(rank), '--master-addr', masterAddress, '--master-port', String(masterPort)];
}

/** On machines with several networks torchrun guesses wrongly which node hosts the store, so is_host is set. */
function dynamicRendezvous(words: LauncherWords, placement: Placement): string[] {
  const { rank, masterAddress, masterPort, runId, localAddress } = placement;
  const others = (words.value('--rdzv-conf') ?? '')
    .split(',')
    .filter((pair) => pair && !/^\s*is_host\s*=/.test(pair));
  return [
    '--rdzv-backend',
    'c10d',
    '--rdzv-endpoint',
    `${masterAddress}:${masterPort}`,
    '--rdzv-id',
    words.value('--rdzv-id') ?? runId,
    '--rdzv-conf',
    [`is_host=${rank === 0}`, ...others].join(','),
    '--local-addr',
    localAddress,
  ];
}

function readWords(argv: readonly string[]): LauncherWords {
  return readLauncherWords('torchrun', flags, argv, programEnd(argv) ?? 1);
}

function programEnd(argv: readonly string[]): number | undefined {
  if (programName(argv[0]) === 'torchrun') return 1;
  const python = pythonModule(argv);
  return python?.module === 'torch.distributed.run' ? python.end : undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

function readScript(words: LauncherWords, argv: readonly string[], env: Environment): Script {
  const on = (name: string) => words.has(`--${name}`) || Boolean(Number(env[petName(name)] ?? 0));
  const kind = on('run-path') ? 'file' : on('no-python') ? 'program' : on('module') ? 'module' : 'file';
  return { kind, target: argv[words.script] ?? '', args: argv.slice(words.script + 1) };
}

function readCluster(words: LauncherWords, env: Environment): ClusterRequest {
  // A flag that is not given falls back first to its PET_ variable, then to its default.
  const value = (name: string) => words.value(`--${name}`) ?? (env[petName(name)] || undefined);
  const cluster: ClusterRequest = {};
  const nodes = value('nnodes');
  if (nodes !== undefined) Object.assign(cluster, readNodes(nodes));
  const ranks = value('nproc-per-node');
  if (ranks !== undefined) Object.assign(cluster, readRanks(ranks));
  else cluster.ranksPerNodeDefault = 1;
  const backend = value('rdzv-backend');
  if (backend !== undefined) cluster.rendezvous = readBackend(backend);
  const [address, port] = [value('master-addr'), value('master-port')];
  if (address !== undefined) cluster.masterAddress = address;
  if (port !== undefined) cluster.masterPort = portOf('torchrun', '--master-port', port);
  const [, host, endpointPort] = /^(.*?)(?::(\d+))?$/.exec(value('rdzv-endpoint') ?? '') ?? [];
  if (host) cluster.masterAddress = host;
  // Port 0 means any free port.
  if (Number(endpointPort)) cluster.masterPort = portOf('torchrun', '--rdzv-endpoint', endpointPort ?? '');
  return cluster;
}

function petName(name: string): string {
  return `PET_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** `4`, or `2:4` for an elastic run: at least two nodes, at most four. */
function readNodes(text: string): Pick<ClusterRequest, 'nodes' | 'leastNodes'> {
  const [least = '', most = least, more] = text.split(':');
  if (more !== undefined) {
    throw new RampcheckError('launcher-flag-value', `torchrun: --nnodes needs N or MIN:MAX, not '${text}'`);
  }
  const nodes = wholeNumberOf('torchrun', '--nnodes', most, 1);
  const leastNodes = wholeNumberOf('torchrun', '--nnodes', least, 1);
  if (leastNodes > nodes) {
    throw new RampcheckError(
      'launcher-flag-value',
      `torchrun: --nnodes ${text} has a minimum above its maximum`,
    );
  }
  return least === most ? { nodes } : { nodes, leastNodes };
}

/** A number, or a word (`auto`, `gpu`) with which torchrun counts the accelerators of its machine. */
function readRanks(text: string): Pick<ClusterRequest, 'ranksPerNode'> {
  return /^(auto|cpu|gpu|xpu)$/.test(text)
    ? {}
    : { ranksPerNode: wholeNumberOf('torchrun', '--nproc-per-node', text, 1) };
}

function readBackend(text: string): 'static' | 'c10d' {
  if (text === 'static' || text === 'c10d') return text;
  throw new RampcheckError('launcher-flag-unsupported', `rampcheck does not support --rdzv-backend ${text}`, {
    hint: 'use static or c10d, which need no other service',
  });
}
