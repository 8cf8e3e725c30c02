import type { LaunchCommand, Node } from '../src/job/job.ts';
import type { FrontEnd } from './front-end.ts';

/** Everything that one node's command depends on. The same for all nodes but `rank` and `localAddress`. */
export interface Placement {
  /** Node rank: this node's index in `nodes`. */
  rank: number;
  nodes: readonly Node[];
  /** Where the ranks meet: an address of node 0 that every node reaches. */
  masterAddress: string;
  /** A number, or a placeholder that the job itself fills in. */
  masterPort: number | string;
  /** The address under which the others reach this node. */
  localAddress: string;
  /** The same word on every node, different from any other run's. */
  runId: string;
  /** The Python that runs DeepSpeed's per-node launcher. */
  python: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that starts ranks on one node: how to read its command, and how to build each node's own. */
export interface Launcher {
  name: string;
  /** What it is called as a program. Where a shell script is read, a stand-in of each name records the command that it would start. */
  programs: readonly string[];
  matches(argv: readonly string[]): boolean;
  /**
   * Splits a command into what belongs to the launcher and what belongs to the script.
   *
   * @throws RampcheckError where the launcher itself would refuse the command, or where rampcheck cannot honour it.
   */
  read(argv: readonly string[], env: Environment, cwd: string): LaunchCommand;
  /** The command that starts this node's ranks; the script's arguments are in it byte for byte. */
  nodeCommand(command: LaunchCommand, placement: Placement): string[];
  /** What the node's command is told through its environment. */
  nodeEnv?(command: LaunchCommand, placement: Placement): Record<string, string>;
  /** Who reads the script's arguments, when the launcher is itself a training program. */
  frontEnd?: FrontEnd;
  /** Flags that are unmistakably the launcher's own: behind the script they are misplaced. */
  misplaced: readonly LauncherFlag[];
  passesOn?: PassedOn;
  /** Python modules without which it does not start on a node. */
  needs?: readonly string[];
  /** Hostfile that is read when the command names none and the file exists. */
  defaultHostfile?: string;
}

/** What a launcher sends to the other nodes from the environment of the machine that it is started on. */
export interface PassedOn {
  /** Variables that begin with one of these. */
  prefixes: readonly string[];
  /** A file of further variables, looked for in the home directory and in the current one; `variable` may name another file. */
  file?: { name: string; variable: string };
}

/** One flag of a launcher, under all its names. */
export interface LauncherFlag {
  names: readonly string[];
  /** Whether a value follows; the others are switches. */
  takesValue: boolean;
}
