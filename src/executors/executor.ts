import type { AgentCommand, AgentEvent, NodeAttach, NodeStart } from '../contract/agent-messages.ts';
import type { Channel, Host } from './transport.ts';

/** How the nodes of a job are to be reached. */
export interface Preparation {
  /** Nodes are reached one by one, when each is needed: the others do not suffer from one that is away. */
  oneByOne?: boolean | undefined;
  /** Where to say, once, what was chosen and why. */
  say?: ((text: string) => void) | undefined;
}

/** How an agent ended; both null when it was left behind, or never ran. */
export interface AgentEnd {
  exitCode: number | null;
  signal: string | null;
  /** The last 64 KiB: empty, unless the agent itself failed. */
  stderr: string;
  /** The connection to it was lost, or it no longer answers: what it does now is not known. */
  lost?: boolean;
}

/** A node that has been started: its events, and the ways to end it. */
export interface NodeHandle {
  /** Ends after `gone`; an end without it means that the agent was lost (or left). To be read once. */
  events: AsyncIterable<AgentEvent>;
  send(command: AgentCommand): void;
  /** The last resort: SIGKILL to the agent itself. What it leaves behind is for `sweep`. */
  kill(): void;
  /** Lets go of a released run: it goes on without this process. Events end, `closed` resolves. */
  leave(): void;
  /** Never rejects. */
  closed: Promise<AgentEnd>;
}

/** How nodes are reached (DESIGN: "executor"). */
export interface Executor {
  name: string;
  /**
   * Reaches every node before anything is started on one of them.
   *
   * @throws RampcheckError with the reason, for all nodes that cannot be reached (exit 91).
   */
  prepare?(nodes: readonly Host[], preparation: Preparation): Promise<void>;
  /**
   * Copies a folder to the same path of every node that was prepared; absent where nodes share this machine's files.
   *
   * @throws RampcheckError `sync-failed` (exit 90).
   */
  sync?(folder: string): Promise<void>;
  /** Lets go of what `prepare` has opened. */
  close?(): Promise<void>;
  start(node: NodeStart | NodeAttach): NodeHandle;
  /** A short command on a node that was prepared: words arrive as they are. Rejects when the node cannot be reached. */
  open(node: number, argv: readonly string[]): Promise<Channel>;
  /** Ends what a lost agent left behind on its node, by process id; resolves to how many there were. */
  sweep(run: string, node: number): Promise<number>;
}
