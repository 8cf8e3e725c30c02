import type { RunDirectory } from '../../run-folder/directory.ts';
import type { Submitter } from '../engine.ts';
import { FirstNode } from './first-node.ts';
import { type Followed, follow } from './follow.ts';
import type { Kubectl } from './kubectl.ts';
import type { Place } from './place.ts';

/** Shows a run until it ends, and returns the output of its first node in the last attempt; undefined if a signal came first. */
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
      // Another attempt starts from the beginning.
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

/** Follows until the work is done or a signal arrives; returns whether a signal arrived. */
async function untilSignal(work: (stop: AbortSignal) => Promise<void>): Promise<boolean> {
  const enough = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => enough.abort();
  // Not `once`: execa would end this process if our listener were removed before its own runs.
  for (const signal of signals) process.on(signal, onSignal);
  try {
    await work(enough.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
  return enough.signal.aborted;
}
