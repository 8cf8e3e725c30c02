import { plural } from '../plural.ts';
import type { Rank, Run } from './run.ts';

/**
 * What ended a node whose launcher has failed, when that was not the training: every rank of the run there had made all of its optimizer
 * steps and left Python without an exception. Undefined when a rank has not, or when nobody knows how it ended.
 * src/node/rampcheck_node/finish.py says the same.
 */
export function endAfterTraining(run: Run, node: number): string | undefined {
  const { name = `node ${node}`, exit } = run.nodes[node] ?? {};
  const ranks = [...run.ranks.values()].filter((rank) => rank.node === node);
  if (ranks.length === 0 || run.ranks.size !== run.worldSize || !ranks.every(isComplete)) return undefined;
  const steps = plural(stepsOf(ranks), 'optimizer step');
  const signals = ranks.flatMap(({ exit }) => exit?.signal ?? []);
  const signal = signals.find((name) => !LAUNCHERS_OWN.includes(name)) ?? signals[0];
  if (!signal)
    return `the launcher on ${name} exited with ${exit?.code} after its ranks had finished their ${steps}`;
  const died = ranks
    .filter((rank) => rank.exit?.signal === signal)
    .map(({ rank }) => rank)
    .sort((a, b) => a - b);
  const [who, whose] = died.length > 1 ? [`ranks ${died.join(', ')}`, 'their'] : [`rank ${died[0]}`, 'its'];
  return `${who} on ${name} finished ${whose} ${steps} and died at exit with ${signal}`;
}

/**
 * Whether launchers wait for nothing: one of them has failed, every rank of the run has made all of its steps and is gone, and torchrun
 * on another node would wait five minutes for the one that failed.
 */
export function launchersLinger({ cause, nodes, ranks, worldSize }: Run): boolean {
  if (cause || ranks.size !== worldSize || !nodes.some(({ exit }) => exit && exit.code !== 0)) return false;
  return nodes.some(({ exit }) => exit === undefined) && [...ranks.values()].every(isComplete);
}

/** A launcher ends a node's other ranks when one of them has died. */
const LAUNCHERS_OWN = ['SIGTERM', 'SIGKILL'];

/** A total that nobody knows is never complete. */
function isComplete({ ended, error, exit }: Rank): boolean {
  if (ended === undefined || error || !exit) return false;
  return (
    ended.length > 0 &&
    ended.every(({ step, total }) => total !== null && step >= total) &&
    (exit.signal !== null || exit.code === 0)
  );
}

function stepsOf(ranks: readonly Rank[]): number {
  return Math.max(...ranks.flatMap(({ ended = [] }) => ended.map(({ step }) => step)));
}
