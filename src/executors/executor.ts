import type { AgentCommand, AgentEvent, NodeAttach, NodeStart } from '../contract/agent-messages.ts';
import type { Channel, Host } from './transport.ts';

/** How to reach the nodes of a job. */
export interface Preparation {
  /** Reach each node only when it is needed, so that one unreachable node does not affect the others. */
  oneByOne?: boolean | undefined;
  /** Called once to report what was chosen and why. */
  say?: ((text: string) => void) | undefined;
}

/** How an agent ended; both are null if it was detached or never ran. */
export interface AgentEnd {
  exitCode: number | null;
  signal: string | null;
  /** The last 64 KiB; empty unless the agent itself failed. */
  stderr: string;
  /** Set if the connection was lost or the agent no longer answers: its state is then unknown. */
  lost?: boolean;
}

/** What a sweep has done on a node. */
export interface Swept {
  /** How many processes it has ended. */
  killed: number;
  /** Verified there: no process of the run is left. False if the node did not answer. */
  nothingLeft: boolean;
}

/** A started node: its events, and how to end it. */
export interface NodeHandle {
  /** Ends after `gone`. An end without it means that the agent was lost or detached. Can be read once. */
  events: AsyncIterable<AgentEvent>;
  send(command: AgentCommand): void;
  /** The last resort: SIGKILL to the agent itself. `sweep` ends what it leaves behind. */
  kill(): void;
  /** Detaches from a released run, which continues without this process. The events end, and `closed` resolves. */
  leave(): void;
  /** Never rejects. */
  closed: Promise<AgentEnd>;
}

/** How nodes are reached. */
export interface Executor {
  name: string;
  /**
   * Reaches every node before anything is started on one of them.
   *
   * @throws RampcheckError with the reason, for all nodes that cannot be reached (exit 91).
   */
  prepare?(nodes: readonly Host[], preparation: Preparation): Promise<void>;
  /**
   * Copies a folder to the same path on every prepared node; absent if the nodes share this machine's files.
   *
   * @throws RampcheckError `sync-failed` (exit 90).
   */
  sync?(folder: string): Promise<void>;
  /** Closes what `prepare` has opened. */
  close?(): Promise<void>;
  start(node: NodeStart | NodeAttach): NodeHandle;
  /** Runs a short command on a prepared node; its arguments arrive unchanged. Rejects if the node cannot be reached. */
  open(node: number, argv: readonly string[]): Promise<Channel>;
  /** Ends the processes that a lost agent left behind on its node. */
  sweep(run: string, node: number): Promise<Swept>;
}
