import type { LaunchCommand, Node } from '../src/job/job.ts';
import type { FrontEnd } from './front-end.ts';

/** What a node's command depends on. Only `rank` and `localAddress` differ between nodes. */
export interface Placement {
  /** Node rank: this node's index in `nodes`. */
  rank: number;
  nodes: readonly Node[];
  /** The rendezvous address: an address of node 0 that every node can reach. */
  masterAddress: string;
  /** A number, or a placeholder that the job fills in. */
  masterPort: number | string;
  /** The address under which other nodes reach this node. */
  localAddress: string;
  /** The same on every node, and different for every run. */
  runId: string;
  /** The Python that runs DeepSpeed's per-node launcher. */
  python: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that starts ranks on one node: how to read its command, and how to build each node's command. */
export interface Launcher {
  name: string;
  /** Its program names. When a shell script is read, a stand-in with each name records the command that the script would start. */
  programs: readonly string[];
  matches(argv: readonly string[]): boolean;
  /**
   * Splits a command into the launcher's part and the script's part.
   *
   * @throws RampcheckError if the launcher itself would refuse the command, or if rampcheck cannot support it.
   */
  read(argv: readonly string[], env: Environment, cwd: string): LaunchCommand;
  /** The command that starts this node's ranks, with the script's arguments byte for byte. */
  nodeCommand(command: LaunchCommand, placement: Placement): string[];
  /** Environment variables of the node's command. */
  nodeEnv?(command: LaunchCommand, placement: Placement): Record<string, string>;
  /** The front-end that reads the script's arguments, if the launcher is itself a training program. */
  frontEnd?: FrontEnd;
  /** Flags that can only belong to the launcher: after the script they are misplaced. */
  misplaced: readonly LauncherFlag[];
  passesOn?: PassedOn;
  /** Python modules that it needs on a node. */
  needs?: readonly string[];
  /** The hostfile that is read by default, if it exists. */
  defaultHostfile?: string;
}

/** The variables that a launcher sends from its own environment to the other nodes. */
export interface PassedOn {
  /** Prefixes of such variables. */
  prefixes: readonly string[];
  /** A file with further variables, in the home directory and in the current one; the environment variable `variable` may name another file. */
  file?: { name: string; variable: string };
}

/** One flag of a launcher, under all its names. */
export interface LauncherFlag {
  names: readonly string[];
  /** True if a value follows; others are switches. */
  takesValue: boolean;
}
