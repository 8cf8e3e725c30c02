import type { Kubectl } from './kubectl.ts';
import { firstPodOf, kindOf, type Place } from './place.ts';

export interface Followed {
  place: Place;
  /** Receives a line of the first node: of the launcher or of rank 0. */
  line(pod: string, text: string): void;
  /** Reports an event to the user. */
  notice(text: string): void;
}

/** Conditions of an object that mean that its run has ended. */
export const OVER = /\b(Failed|Complete|Completed|Succeeded)\b/;

/**
 * Follows a run's first node from pod to pod, until the job has ended or `stop` is aborted. Only the cluster decides that the job has
 * ended: after a failed pod there may be another attempt.
 */
export async function follow(kubectl: Kubectl, run: Followed, stop: AbortSignal): Promise<void> {
  const over = new AbortController();
  const pods = AbortSignal.any([stop, over.signal]);
  const ended = jobEnd(kubectl, run, stop).finally(() => over.abort());
  const phases = '{.metadata.name} {.status.phase}{"\\n"}';
  const watch = [
    'get',
    'pods',
    '--selector',
    firstPodOf(run.place),
    '--watch',
    '--output',
    `jsonpath=${phases}`,
  ];
  const read = new Set<string>();
  try {
    while (!pods.aborted) {
      // The server ends a watch after a while; it is then restarted.
      for await (const line of kubectl.lines(watch, pods)) {
        const [pod = '', phase = 'Pending'] = line.trim().split(' ');
        if (!pod || read.has(pod)) continue;
        if (phase === 'Pending') run.notice(`${pod} is waiting to start`);
        else {
          read.add(pod);
          await followPod(kubectl, pod, run, stop);
        }
      }
    }
  } finally {
    over.abort();
  }
  await ended;
}

async function jobEnd(kubectl: Kubectl, { place }: Followed, stop: AbortSignal): Promise<void> {
  const true_ = '{range .status.conditions[?(@.status=="True")]}{.type} {end}{"\\n"}';
  const watch = ['get', kindOf(place).resource, place.name, '--watch', '--output', `jsonpath=${true_}`];
  while (!stop.aborted) {
    for await (const line of kubectl.lines(watch, stop)) if (OVER.test(line)) return;
  }
}

/** Reads a pod's output to its end; after a lost connection it continues where it stopped. */
async function followPod(kubectl: Kubectl, pod: string, run: Followed, stop: AbortSignal): Promise<void> {
  let last = '';
  while (!stop.aborted) {
    const from = last;
    const since = from === '' ? [] : ['--since-time', from];
    let failure: unknown;
    try {
      for await (const line of kubectl.lines(['logs', '--follow', '--timestamps', ...since, pod], stop)) {
        const [, time = '', text = ''] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
        // The server counts whole seconds, so lines of this second may already be known.
        if (from !== '' && time <= from) continue;
        last = time;
        run.line(pod, text);
      }
    } catch (error) {
      failure = error;
    }
    const phase = await kubectl.run(['get', 'pod', pod, '--output', 'jsonpath={.status.phase}']);
    if (phase.exitCode !== 0 || phase.stdout !== 'Running') return;
    if (failure !== undefined && last === from) throw failure;
  }
}
