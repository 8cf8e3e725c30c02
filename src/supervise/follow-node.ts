import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { attachNode } from './attach-node.ts';
import { take } from './take.ts';
import { leave, type Watch, type WatchedNode } from './watch.ts';

/** A released run continues without this process. This is how long a node may be unreachable while the others answer, or while the run is being stopped (ms). */
const PATIENCE = 60_000;
const PATIENCE_STOPPING = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/**
 * Reads a node's events to the end. A connection that is lost after the release is made again, and the missed events are read.
 *
 * @param onEvent called after each event
 * @returns why the node is lost; undefined if it ended properly or was detached.
 */
export async function followNode(
  watch: Watch,
  node: WatchedNode,
  onEvent: (event: AgentEvent) => void,
): Promise<string | undefined> {
  const leaving = watch.leaving.signal;
  let lostAt: number | undefined;
  let pause = 0;
  for (let { connection } = node; connection; ) {
    let reason: string | undefined;
    let fatal = false;
    for await (const event of connection.events) {
      if (node.attached && event.type === 'not_started') {
        reason = event.reason;
        continue;
      }
      // A fault without a number is the follower's own, not the run's: it is never stored.
      if (node.attached && event.type === 'fault' && event.seq === undefined) {
        reason = event.message;
        fatal = event.run_lost === true || watch.stop.grace !== undefined;
        if (!fatal && !watch.looking) detach(watch, node, reason);
        continue;
      }
      if (event.type === 'fault') fatal = true;
      else [lostAt, pause] = [undefined, 0];
      node.answers = true;
      take(watch, node, event);
      onEvent(event);
    }
    node.answers = false;
    const { stderr } = await connection.closed;
    if (leaving.aborted || isDone(watch, node)) return undefined;
    reason ??= stderr.trim().split('\n').at(-1) || 'its agent ended';
    lostAt ??= performance.now();
    // An agent that did not answer `kill` is not asked again: its node is swept.
    if (watch.stop.agentsKilled) fatal = true;
    if (fatal || performance.now() - lostAt > patience(watch, node)) return reason;
    if (pause > 0) {
      if (pause === FIRST_PAUSE) {
        watch.reporter.notice(
          `${node.name}: unreachable (${reason}); its training continues, and the connection is retried`,
        );
      }
      await sleep(pause, undefined, { signal: leaving }).catch(() => {});
    }
    // The first retry is immediate: a broken connection often works again at once.
    pause = pause === 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2);
    if (leaving.aborted) return undefined;
    // A held run is lost with its connection.
    connection = watch.run.state === 'released' && !watch.looking ? attachNode(watch, node) : undefined;
    if (!connection) return reason;
  }
  return undefined;
}

/** What keeps this process from following says nothing of the run, which continues. */
function detach(watch: Watch, { name }: WatchedNode, reason: string): void {
  watch.reporter.notice(`${name}: cannot follow its agent (${reason}); detached, the training continues`);
  leave(watch);
}

/** Its last event has arrived, or the supervision has ended. */
function isDone({ run, looking }: Watch, { rank, caughtUp }: WatchedNode): boolean {
  return run.nodes[rank]?.gone === true || (looking && caughtUp);
}

/** While others answer, this node is lost, not our own network. */
function patience({ stop, nodes }: Watch, node: WatchedNode): number {
  if (stop.grace !== undefined) return PATIENCE_STOPPING;
  const others = nodes.some((other) => other !== node && other.answers);
  return others ? PATIENCE : Number.POSITIVE_INFINITY;
}
