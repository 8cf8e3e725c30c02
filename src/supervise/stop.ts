import { seconds } from '../contract/contract.ts';
import type { NodeHandle } from '../executors/executor.ts';
import { later } from './later.ts';

/** What a node gets beyond the grace of a stop before it is killed, and then before its agent is (milliseconds). */
const MARGIN = seconds.stop_margin * 1000;

/** The end of every process of a run: TERM, after its grace KILL, and at last the agents themselves. */
export interface Stop {
  /** Seconds between TERM and KILL; undefined as long as nothing is stopped. */
  readonly grace: number | undefined;
  /** Begins it; a second time changes nothing. */
  begin(grace: number): void;
}

export function makeStop(nodes: readonly { connection: NodeHandle | undefined }[], over: AbortSignal): Stop {
  let begun: number | undefined;
  return {
    get grace() {
      return begun;
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
          for (const { connection } of nodes) connection?.kill();
        },
        over,
      );
    },
  };
}
