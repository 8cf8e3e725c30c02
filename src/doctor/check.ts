import type { Activation } from '../job/activation.ts';
import type { Examined, NodeReport } from './node-report.ts';

/** What the nodes are examined for. */
export interface Wanted {
  cwd: string;
  /** The script and configs that every node must have, by path: their digest here, or null when that does not matter. */
  files: Readonly<Record<string, string | null>>;
  /** What starts a node's ranks, and the Python of its environment; undefined without a command. */
  program: string | undefined;
  /** The PATH that the run itself sets. */
  path?: string | undefined;
  python: string | undefined;
  /** In force while the nodes are looked at. */
  activate: readonly Activation[];
  /** Packages that the job cannot do without. */
  needs: readonly string[];
  /** The meeting point; null with a single node. */
  master: { address: string; port: number; error: string | null } | null;
  local: boolean;
}

export interface Problem {
  /** One node, or the meeting point of all. */
  node: string | null;
  /** `fatal`: the run would fail, or train something else. */
  severity: 'fatal' | 'warning';
  message: string;
  fix: string;
}

export interface Found {
  /** What it looks like when all is well, or what is known at all. */
  summary: string;
  problems: Problem[];
}

/** One thing that doctor looks at: pure, from the nodes' reports. Undefined: there is nothing to say. */
export interface Check {
  id: string;
  run(nodes: readonly Examined[], wanted: Wanted): Found | undefined;
}

export interface Reached {
  name: string;
  slots: number;
  report: NodeReport;
  skew: Examined['skew'];
}

/** Nodes that could be looked at; the others are `reach`'s business. */
export function reached(nodes: readonly Examined[]): Reached[] {
  return nodes.flatMap(({ report, ...node }) => (report ? [{ ...node, report }] : []));
}

/** A problem for every node for which `say` has words. */
export function problems<T extends { name: string }>(
  nodes: readonly T[],
  severity: Problem['severity'],
  fix: string,
  say: (node: T) => string | undefined,
): Problem[] {
  return nodes.flatMap((node) => {
    const message = say(node);
    return message === undefined ? [] : [{ node: node.name, severity, message, fix }];
  });
}

/** The value that most nodes have (the first of them when there is a tie). */
export function usual<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** 1.5 GiB, 12 MiB. */
export function size(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 1
    ? `${gib >= 10 ? Math.round(gib) : gib.toFixed(1)} GiB`
    : `${Math.round(bytes / 2 ** 20)} MiB`;
}
