import type { RunDirectory } from '../../run-folder/directory.ts';
import type { Submitter } from '../engine.ts';
import { FirstNode } from './first-node.ts';
import { type Followed, follow } from './follow.ts';
import type { Kubectl } from './kubectl.ts';
import type { Place } from './place.ts';

/** Shows a run until it is over, and what its first node has said in the last attempt; undefined when a signal came first. */
export async function watch(
  kubectl: Kubectl,
  place: Place,
  directory: RunDirectory,
  { line: show, say }: Pick<Submitter, 'line' | 'say'>,
): Promise<FirstNode | undefined> {
  let first = new FirstNode();
  let current = '';
  const output: Pick<Followed, 'line' | 'notice'> = {
    line(pod, text) {
      // Another attempt begins anew.
      if (pod !== current) [current, first] = [pod, new FirstNode()];
      if (!first.hear(text)) return;
      directory.append(`logs/${pod}.log`, text);
      show(text);
    },
    notice: say,
  };
  const left = await untilSignal((stop) => follow(kubectl, { place, ...output }, stop));
  return left ? undefined : first;
}

/** Follows until the work is done, or a signal says that it is enough: whether it did. */
async function untilSignal(work: (stop: AbortSignal) => Promise<void>): Promise<boolean> {
  const enough = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => enough.abort();
  // Not `once`: a listener that is gone before the others are asked lets execa end this process.
  for (const signal of signals) process.on(signal, onSignal);
  try {
    await work(enough.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
  return enough.signal.aborted;
}
