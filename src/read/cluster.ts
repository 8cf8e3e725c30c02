import { existsSync } from 'node:fs';
import type { Launcher } from '../../launchers/launcher.ts';
import { RampcheckError } from '../errors.ts';
import type { ExecutorDefinition } from '../executors/definition.ts';
import { executorNamed, executorOf } from '../executors/index.ts';
import { applyFilters } from '../job/filters.ts';
import { readHostfile } from '../job/hostfile.ts';
import type { ClusterRequest, Job } from '../job/job.ts';
import { plural } from '../plural.ts';

/** The cluster according to rampcheck's own options, which override the command's. */
export interface ClusterOptions {
  /** --hostfile */
  hostfile?: string | undefined;
  /** --nodes */
  nodes?: number | undefined;
  /** --on; derived from the names of the nodes if not given. */
  on?: string | undefined;
  /** The batch system that names the nodes when the job starts; --on is then not used. */
  queue?: string | undefined;
  /** Accelerators per node of a batch job, if they decide the number of ranks. */
  gpusPerNode?: number | undefined;
}

export type Cluster = Pick<Job, 'nodes' | 'nodesFrom' | 'unchanged' | 'executor' | 'reach'>;

/**
 * Finds the nodes of a job: from rampcheck's --hostfile, the command's own hostfile, the launcher's default one if it exists, or --nodes
 * simulated on this machine. Without any of these, one machine runs the command unchanged.
 *
 * @throws RampcheckError if the requested nodes do not exist.
 */
export function findCluster(
  cwd: string,
  request: ClusterRequest,
  options: ClusterOptions,
  launcher: Launcher,
): Cluster {
  const hostfile = options.hostfile ?? request.hostfile ?? defaultHostfile(launcher);
  if (options.queue !== undefined) {
    return queued(options.queue, request, options, hostfile && fromHostfile(cwd, hostfile, request, options));
  }
  if (hostfile !== undefined) return fromHostfile(cwd, hostfile, request, options);
  if (options.nodes !== undefined) return played(request, options.nodes, options.on);
  if ((request.leastNodes ?? request.nodes ?? 1) > 1) {
    throw new RampcheckError(
      'no-hosts',
      `the command requests ${plural(request.nodes ?? 0, 'node')} but does not name them`,
      {
        hint: `list them with --hostfile FILE, or simulate them on this machine with --nodes ${request.nodes}`,
      },
    );
  }
  return {
    nodes: [{ name: 'localhost', slots: localSlots(request) }],
    nodesFrom: 'this machine',
    unchanged: true,
    ...executorFields(executorOf(['localhost'])),
  };
}

function defaultHostfile({ defaultHostfile: path }: Launcher): string | undefined {
  return path !== undefined && existsSync(path) ? path : undefined;
}

function fromHostfile(cwd: string, path: string, request: ClusterRequest, options: ClusterOptions): Cluster {
  const nodes = applyFilters(readHostfile(cwd, path, request.ranksPerNode), request);
  const most = options.nodes ?? nodes.length;
  if (most > nodes.length) {
    throw new RampcheckError(
      'too-few-hosts',
      `--nodes requests ${plural(most, 'node')}, but ${path} has ${nodes.length}`,
      {
        hint: 'add the missing hosts, or request fewer nodes',
        location: { file: path },
      },
    );
  }
  const chosen = nodes.slice(0, most);
  return {
    nodes: chosen,
    nodesFrom: `hostfile ${path}${most < nodes.length ? `, its first ${most}` : ''}`,
    unchanged: false,
    ...executorFields(
      options.on === undefined ? executorOf(chosen.map(({ name }) => name)) : executorNamed(options.on),
    ),
  };
}

/** Nodes that a batch system names when the job starts: `node-1`, `node-2`, …; a hostfile gives only their number and slots. */
function queued(
  executor: string,
  request: ClusterRequest,
  options: ClusterOptions,
  listed: Cluster | '' | undefined,
): Cluster {
  const ranks = request.ranksPerNode ?? options.gpusPerNode ?? request.ranksPerNodeDefault ?? 1;
  const slots = Array.from({ length: ranks }, (_, slot) => slot);
  const count = options.nodes ?? request.nodes ?? 1;
  const nodes = listed ? listed.nodes : Array.from({ length: count }, () => ({ slots }));
  return {
    nodes: nodes.map((node, i) => ({ name: `node-${i + 1}`, slots: node.slots })),
    nodesFrom: listed ? listed.nodesFrom : options.nodes === undefined ? 'the command' : `--nodes ${count}`,
    unchanged: false,
    executor,
    reach: 'later',
  };
}

/** `--nodes N`: N nodes on this machine, each with the requested number of ranks, or one. */
function played(request: ClusterRequest, count: number, on: ClusterOptions['on']): Cluster {
  const names = Array.from({ length: count }, (_, i) => `local-${i + 1}`);
  const executor = on === undefined ? executorOf(names) : executorNamed(on);
  if (executor.reach === 'remote') {
    throw new RampcheckError('no-hosts', `--on ${executor.name} needs the names of the nodes`, {
      hint: 'list them with --hostfile FILE',
    });
  }
  if (request.include !== undefined || request.exclude !== undefined) {
    throw new RampcheckError(
      'filter-without-hostfile',
      '--include and --exclude select from a hostfile, but there is none',
      {
        hint: 'list the nodes with --hostfile FILE',
      },
    );
  }
  const ranks = request.ranksPerNode ?? 1;
  return {
    nodes: names.map((name) => ({ name, slots: Array.from({ length: ranks }, (_, slot) => slot) })),
    nodesFrom: `--nodes ${count}`,
    unchanged: false,
    ...executorFields(executor),
  };
}

/** The slots that the launcher will use on this machine, as far as its options state them. */
function localSlots({ ranksPerNode, ranksPerNodeDefault, include }: ClusterRequest): number[] {
  const [, list] = /^localhost:(\d+(?:,\d+)*)$/.exec(include ?? '') ?? [];
  if (list) return [...new Set(list.split(',').map(Number))].sort((a, b) => a - b);
  return Array.from({ length: ranksPerNode ?? ranksPerNodeDefault ?? 0 }, (_, slot) => slot);
}

function executorFields({ name, reach }: ExecutorDefinition): Pick<Job, 'executor' | 'reach'> {
  return { executor: name, reach };
}
