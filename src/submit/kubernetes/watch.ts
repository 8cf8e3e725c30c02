import type { Context } from '../../command/command.ts';
import type { RunDirectory } from '../../run-folder/directory.ts';
import { type Followed, follow } from './follow.ts';
import type { Kubectl } from './kubectl.ts';
import type { Place } from './place.ts';
import { FirstNode } from './verdict.ts';

export interface Watching {
  directory: RunDirectory;
  redact(text: string): string;
  /** quiet, json */
  options: Readonly<Record<string, unknown>>;
  context: Pick<Context, 'stdout' | 'stderr'>;
}

/** Shows a run until it is over, and what its first node has said in the last attempt; undefined when a signal came first. */
export async function watch(
  kubectl: Kubectl,
  place: Place,
  { directory, redact, options, context }: Watching,
): Promise<FirstNode | undefined> {
  let first = new FirstNode();
  let current = '';
  const stream = options.json === true ? context.stderr : context.stdout;
  const output: Pick<Followed, 'line' | 'notice'> = {
    line(pod, text) {
      // Another attempt begins anew.
      if (pod !== current) [current, first] = [pod, new FirstNode()];
      if (!first.hear(text)) return;
      directory.append(`logs/${pod}.log`, text);
      if (options.quiet !== true) stream.write(`${redact(text)}\n`);
    },
    notice(text) {
      if (options.quiet !== true) context.stderr.write(`${text}\n`);
    },
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
