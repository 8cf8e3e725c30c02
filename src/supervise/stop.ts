import { seconds } from '../contract/contract.ts';
import type { NodeHandle } from '../executors/executor.ts';
import { later } from './later.ts';

/** How long to wait after the grace of a stop before a node is killed, and then before its agent is (milliseconds). */
const MARGIN = seconds.stop_margin * 1000;

/** Stops all processes of a run: TERM, after a grace KILL, and finally the agents themselves. */
export interface Stop {
  /** Seconds between TERM and KILL; undefined before a stop. */
  readonly grace: number | undefined;
  /** True once the agents themselves were killed. */
  readonly agentsKilled: boolean;
  /** Starts the stop; a second call has no effect. */
  begin(grace: number): void;
}

export function makeStop(nodes: readonly { connection: NodeHandle | undefined }[], over: AbortSignal): Stop {
  let begun: number | undefined;
  let killed = false;
  return {
    get grace() {
      return begun;
    },
    get agentsKilled() {
      return killed;
    },
    begin(grace) {
      if (begun !== undefined) return;
      begun = grace;
      for (const { connection } of nodes) connection?.send({ type: 'stop', grace });
      later(
        grace * 1000 + MARGIN,
        () => {
          for (const { connection } of nodes) connection?.send({ type: 'kill' });
        },
        over,
      );
      later(
        grace * 1000 + 2 * MARGIN,
        () => {
          killed = true;
          for (const { connection } of nodes) connection?.kill();
        },
        over,
      );
    },
  };
}
