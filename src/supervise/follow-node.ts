import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { attachNode } from './attach-node.ts';
import { take } from './take.ts';
import type { Watch, WatchedNode } from './watch.ts';

/** A released run goes on without us: a node is looked for this long, while the others answer and while it is to be stopped (ms). */
const PATIENCE = 60_000;
const PATIENCE_STOPPING = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/**
 * Reads a node to its last word. A connection that is lost after the release is made again, and what was missed is read then.
 *
 * @param onEvent called after each event
 * @returns why the node is lost; undefined when it ended properly, or was left to itself.
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
    if (fatal || performance.now() - lostAt > patience(watch, node)) return reason;
    if (pause > 0) {
      if (pause === FIRST_PAUSE) {
        watch.reporter.notice(
          `${node.name}: not in reach (${reason}); its training goes on, and is looked for again`,
        );
      }
      await sleep(pause, undefined, { signal: leaving }).catch(() => {});
    }
    // The first time at once: a connection that broke is often back before anybody notices.
    pause = pause === 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, pause * 2);
    if (leaving.aborted) return undefined;
    // Losing the connection to a run that is held means that the run is lost.
    connection = watch.run.state === 'released' && !watch.looking ? attachNode(watch, node) : undefined;
    if (!connection) return reason;
  }
  return undefined;
}

/** Its last word was heard, or nobody wants more. */
function isDone({ run, looking }: Watch, { rank, caughtUp }: WatchedNode): boolean {
  return run.nodes[rank]?.gone === true || (looking && caughtUp);
}

/** While others answer, it is this node that is lost, and not our own network. */
function patience({ stop, nodes }: Watch, node: WatchedNode): number {
  if (stop.grace !== undefined) return PATIENCE_STOPPING;
  const others = nodes.some((other) => other !== node && other.answers);
  return others ? PATIENCE : Number.POSITIVE_INFINITY;
}
