import { plural } from '../plural.ts';
import type { Rank, Run } from './run.ts';

/**
 * Returns what ended a node with a failed launcher, if it was not the training: all of its ranks had made all of their optimizer
 * steps and left Python without an exception. Undefined if a rank has not, or if its end is not known.
 * src/node/rampcheck_node/finish.py does the same.
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
 * Returns whether the remaining launchers wait in vain: one has failed, every rank has made all of its steps and is gone, and torchrun
 * on another node would wait five minutes for the one that failed.
 */
export function launchersLinger({ cause, nodes, ranks, worldSize }: Run): boolean {
  if (cause || ranks.size !== worldSize || !nodes.some(({ exit }) => exit && exit.code !== 0)) return false;
  return nodes.some(({ exit }) => exit === undefined) && [...ranks.values()].every(isComplete);
}

/** Signals that a launcher sends to the other ranks of its node when one of them has died. */
const LAUNCHERS_OWN = ['SIGTERM', 'SIGKILL'];

/** Returns whether a rank has made all of its steps; never true if its total is not known. */
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
