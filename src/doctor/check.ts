import type { Activation } from '../job/activation.ts';
import type { Examined, NodeReport } from './node-report.ts';

/** What the nodes are examined for. */
export interface Wanted {
  cwd: string;
  /** The script and configs that every node must have, by path: their digest on this machine, or null if it does not matter. */
  files: Readonly<Record<string, string | null>>;
  /** The program that starts a node's ranks, and the Python of its environment; undefined without a command. */
  program: string | undefined;
  /** The PATH that the run itself sets. */
  path?: string | undefined;
  python: string | undefined;
  /** Environments to activate before a node is examined. */
  activate: readonly Activation[];
  /** Packages that the job needs. */
  needs: readonly string[];
  /** The rendezvous address; null for a single node. */
  master: { address: string; port: number; error: string | null } | null;
  local: boolean;
}

export interface Problem {
  /** A node, or null for a problem of all nodes together. */
  node: string | null;
  /** `fatal`: the run would fail, or train something different. */
  severity: 'fatal' | 'warning';
  message: string;
  fix: string;
}

export interface Found {
  /** The result in one line if there is no problem. */
  summary: string;
  problems: Problem[];
}

/** One check of doctor: a pure function of the nodes' reports. Undefined: the check does not apply. */
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

/** Nodes that sent a report. The check `reach` reports the others. */
export function reached(nodes: readonly Examined[]): Reached[] {
  return nodes.flatMap(({ report, ...node }) => (report ? [{ ...node, report }] : []));
}

/** A problem for every node for which `say` returns a message. */
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

/** The most common value (the first one if there is a tie). */
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
