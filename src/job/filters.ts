import { RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { plural } from '../plural.ts';
import type { ClusterRequest, Node } from './job.ts';

/**
 * Applies the launcher's own filters and returns the remaining nodes, in the hostfile's order.
 *
 * @throws RampcheckError if the filters name something that the hostfile does not have; DeepSpeed accepts some of these.
 */
export function applyFilters(nodes: readonly Node[], cluster: ClusterRequest): Node[] {
  const { include, exclude } = cluster;
  if (include !== undefined && exclude !== undefined) {
    throw new RampcheckError('filter-conflict', '--include and --exclude cannot be combined', {
      hint: 'use one of them: name the nodes to use, or the ones to leave out',
    });
  }
  if (include === undefined && exclude === undefined) return firstOnes(nodes, cluster);
  if (cluster.nodes !== undefined || cluster.ranksPerNode !== undefined) {
    throw new RampcheckError(
      'filter-conflict',
      '--num_nodes and --num_gpus cannot be combined with --include or --exclude',
      { hint: 'select nodes and slots with the filter only' },
    );
  }
  const option = include === undefined ? '--exclude' : '--include';
  const wanted = parseFilter(option, include ?? exclude ?? '', nodes);
  const left = nodes
    .map((node) => {
      const named = wanted.get(node.name);
      const slots = node.slots.filter((slot) => (named?.has(slot) ?? false) === (include !== undefined));
      return { ...node, slots };
    })
    .filter(({ slots }) => slots.length > 0);
  if (left.length === 0) {
    throw new RampcheckError(
      'filter-leaves-nothing',
      `${option} '${include ?? exclude}' leaves no slot on any node`,
    );
  }
  return left;
}

/** --num_nodes and --num_gpus (torchrun: --nnodes and --nproc-per-node) on the hosts of a hostfile. */
function firstOnes(
  nodes: readonly Node[],
  { nodes: most, leastNodes, ranksPerNode }: ClusterRequest,
): Node[] {
  if ((leastNodes ?? most ?? 0) > nodes.length) {
    throw new RampcheckError(
      'too-few-hosts',
      `the command requests ${plural(leastNodes ?? most ?? 0, 'node')}, but the hostfile lists ${nodes.length}`,
      { hint: 'add the missing hosts, or request fewer nodes' },
    );
  }
  return nodes.slice(0, most).map((node) => {
    if (ranksPerNode === undefined) return node;
    if (ranksPerNode > node.slots.length) {
      throw new RampcheckError(
        'too-few-slots',
        `the command requests ${plural(ranksPerNode, 'rank')} on '${node.name}', which has ${plural(node.slots.length, 'slot')}`,
        {
          hint: 'DeepSpeed would start them anyway; request fewer, or correct the hostfile',
          ...(node.location ? { location: node.location } : {}),
        },
      );
    }
    return { ...node, slots: node.slots.slice(0, ranksPerNode) };
  });
}

/** `NAME[:SLOT[,SLOT…]][@…]` as the slots of each named host. */
export function parseFilter(option: string, text: string, nodes: readonly Node[]): Map<string, Set<number>> {
  const wanted = new Map<string, Set<number>>();
  for (const spec of text.split('@')) {
    const [name = '', list, more] = spec.split(':');
    const fail = (what: string, hint: string) =>
      new RampcheckError('filter-bad', `${option} '${text}': ${what}`, { hint });
    if (more !== undefined) {
      throw fail(`'${spec}' has more than one colon`, 'write NAME:SLOT,SLOT, and @ between two nodes');
    }
    const node = nodes.find((known) => known.name === name);
    if (!node) {
      const names = nodes.map((known) => known.name);
      const close = nearest(name, names);
      throw fail(
        `the hostfile has no host '${name}'`,
        close.length ? `did you mean ${close.join(' or ')}?` : `it lists ${names.slice(0, 8).join(', ')}`,
      );
    }
    const slots = list === undefined ? node.slots : list.split(',').map((slot) => slotOf(slot, node, fail));
    wanted.set(name, new Set([...(wanted.get(name) ?? []), ...slots]));
  }
  return wanted;
}

function slotOf(text: string, node: Node, fail: (what: string, hint: string) => RampcheckError): number {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range) {
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), Number(range[1]) + 15)];
    const slots = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
    throw fail(
      `DeepSpeed does not support ranges such as '${text}'`,
      `write ${node.name}:${slots.join(',')}`,
    );
  }
  const slot = Number(text);
  if (!/^\d+$/.test(text)) throw fail(`'${text}' is not a slot`, `write slots as ${node.name}:0,1`);
  if (!node.slots.includes(slot)) {
    throw fail(`'${node.name}' has no slot ${slot}`, `its slots are 0 to ${node.slots.length - 1}`);
  }
  return slot;
}
