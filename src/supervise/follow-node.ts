import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentEvent } from '../contract/agent-messages.ts';
import type { NodeHandle } from '../executors/executor.ts';

export interface Following {
  /** The first connection comes back to a run that goes on. */
  attached: boolean;
  take(event: AgentEvent): void;
  /** Whether the node needs no more looking after: its last word was heard, or nobody wants more. */
  done(): boolean;
  /** Another connection to the same run; undefined where losing it means that the run is lost (it is held). */
  comeBack(): NodeHandle | undefined;
  /** Whether other nodes are in reach now, so that it is this one that is lost and not our own network. */
  othersAnswer(): boolean;
  answers(does: boolean): void;
  stopping(): boolean;
  notice(text: string): void;
  /** Nobody wants to go on watching. */
  leaving: AbortSignal;
}

/** A released run goes on without us: a node is looked for this long, while the others answer and while it is to be stopped (ms). */
const PATIENCE = 60_000;
const PATIENCE_STOPPING = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/**
 * Reads a node to its last word. A connection that is lost after the release is made again, and what was missed is read then.
 *
 * @returns why the node is lost; undefined when it ended properly, or was left to itself.
 */
export async function followNode(first: NodeHandle, following: Following): Promise<string | undefined> {
  const { take, done, answers, leaving } = following;
  let { attached } = following;
  let lostAt: number | undefined;
  let pause = 0;
  for (let handle = first; ; attached = true) {
    let reason: string | undefined;
    let fatal = false;
    for await (const event of handle.events) {
      if (attached && event.type === 'not_started') {
        reason = event.reason;
        continue;
      }
      if (event.type === 'fault') fatal = true;
      else [lostAt, pause] = [undefined, 0];
      answers(true);
      take(event);
    }
    answers(false);
    const { stderr } = await handle.closed;
    if (leaving.aborted || done()) return undefined;
    reason ??= stderr.trim().split('\n').at(-1) || 'its agent ended';
    lostAt ??= performance.now();
    if (fatal || performance.now() - lostAt > patience(following)) return reason;
    if (pause > 0) {
      if (pause === FIRST_PAUSE)
        following.notice(`not in reach (${reason}); its training goes on, and is looked for again`);
      await sleep(pause, undefined, { signal: leaving }).catch(() => {});
    }
    // The first time at once: a connection that broke is often back before anybody notices.
    pause = pause === 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2);
    const next = leaving.aborted ? undefined : following.comeBack();
    if (!next) return leaving.aborted ? undefined : reason;
    handle = next;
  }
}

function patience({ stopping, othersAnswer }: Following): number {
  if (stopping()) return PATIENCE_STOPPING;
  return othersAnswer() ? PATIENCE : Number.POSITIVE_INFINITY;
}
