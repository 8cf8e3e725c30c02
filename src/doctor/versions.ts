import type { Reached } from './check.ts';

const ORDER = ['python', 'torch', 'cuda', 'nccl', 'deepspeed', 'transformers', 'accelerate', 'driver'];

/** The version of a library on a node; the driver's version comes from the GPUs. */
export function versionOf({ report }: Reached, name: string): string | null {
  if (name === 'driver') return report.gpus?.[0]?.driver ?? null;
  return report.python?.versions[name] ?? null;
}

/** Libraries that at least one node has, or that were requested. */
export function versionRows(nodes: readonly Reached[]): string[] {
  const names = new Set(nodes.flatMap(({ report }) => Object.keys(report.python?.versions ?? {})));
  if (nodes.some(({ report }) => report.gpus?.length)) names.add('driver');
  return ORDER.filter((name) => names.has(name));
}

/** Nodes grouped by equal versions, the most common group first: the columns of the matrix. */
export function versionGroups(nodes: readonly Reached[]): { nodes: string[]; versions: (string | null)[] }[] {
  const rows = versionRows(nodes);
  const groups = new Map<string, { nodes: string[]; versions: (string | null)[] }>();
  for (const node of nodes) {
    const versions = rows.map((name) => versionOf(node, name));
    const key = JSON.stringify(versions);
    const group = groups.get(key) ?? { nodes: [], versions };
    group.nodes.push(node.name);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}
