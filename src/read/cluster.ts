import { existsSync } from 'node:fs';
import type { Launcher } from '../../launchers/launcher.ts';
import { RampcheckError } from '../errors.ts';
import type { ExecutorDefinition } from '../executors/definition.ts';
import { executorNamed, executorOf } from '../executors/index.ts';
import { applyFilters } from '../job/filters.ts';
import { readHostfile } from '../job/hostfile.ts';
import type { ClusterRequest, Job } from '../job/job.ts';

/** What rampcheck's own options say about the cluster; they win over the command's. */
export interface ClusterOptions {
  /** --hostfile */
  hostfile?: string | undefined;
  /** --nodes */
  nodes?: number | undefined;
  /** --on; found from the names of the nodes when it is not given. */
  on?: string | undefined;
  /** The batch system that names the nodes when the job starts; then there is no --on. */
  queue?: string | undefined;
  /** Accelerators of each node of a batch job, where the command leaves the number of ranks to them. */
  gpusPerNode?: number | undefined;
}

export type Cluster = Pick<Job, 'nodes' | 'nodesFrom' | 'unchanged' | 'executor' | 'reach'>;

/**
 * The nodes of a job: from rampcheck's --hostfile, the command's own, the launcher's default one if it exists, or --nodes
 * played by this machine. Without any of these, one machine runs the command as it stands.
 *
 * @throws RampcheckError where the nodes asked for are not there.
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
    throw new RampcheckError('no-hosts', `the command asks for ${request.nodes} nodes and names none`, {
      hint: `list them with --hostfile FILE, or let this machine play them: --nodes ${request.nodes}`,
    });
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
      `--nodes asks for ${most} nodes, and ${path} has ${nodes.length} to use`,
      {
        hint: 'add the missing hosts, or ask for fewer nodes',
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

/** Nodes that a batch system names when the job starts: `node-1`, `node-2`, …; a hostfile only says how many, with which slots. */
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

/** `--nodes N`: N nodes on this machine, each with as many ranks as the command asks for, or one. */
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
      '--include and --exclude choose from a hostfile, and there is none',
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

/** The slots that the launcher will start on this machine, as far as its own words say. */
function localSlots({ ranksPerNode, ranksPerNodeDefault, include }: ClusterRequest): number[] {
  const [, list] = /^localhost:(\d+(?:,\d+)*)$/.exec(include ?? '') ?? [];
  if (list) return [...new Set(list.split(',').map(Number))].sort((a, b) => a - b);
  return Array.from({ length: ranksPerNode ?? ranksPerNodeDefault ?? 0 }, (_, slot) => slot);
}

function executorFields({ name, reach }: ExecutorDefinition): Pick<Job, 'executor' | 'reach'> {
  return { executor: name, reach };
}
