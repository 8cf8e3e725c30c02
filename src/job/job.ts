import type { Location } from '../errors.ts';
import type { StructuredFile } from '../files/structured-file.ts';
import type { Versions } from '../schedule/schedule.ts';
import type { Activation } from './activation.ts';
import type { DeepSpeedConfig } from './deepspeed-config.ts';
import type { Defaults } from './defaults.ts';
import type { Setting, Unread } from './setting.ts';
import type { TrainingArguments } from './training-arguments.ts';

/** One machine of the job. Its slots are its ranks, by accelerator index. */
export interface Node {
  name: string;
  /** Set if the hostfile gives them: `user@name:port`. */
  user?: string;
  port?: number;
  /** Accelerator indices, e.g. [0,1,…,7]; their count is the number of ranks on this node. */
  slots: number[];
  location?: Location;
}

/** What the launcher starts on every rank. */
export interface Script {
  /** `file`: a Python file; `module`: python -m; `program`: any executable (--no_python). */
  kind: 'file' | 'module' | 'program';
  /** The path or name as the user wrote it. */
  target: string;
  /** All arguments after it, byte for byte. */
  args: readonly string[];
}

/** What a launcher's own options state about the cluster; undefined for what the command does not state. */
export interface ClusterRequest {
  nodes?: number;
  /** The minimum of an elastic range; `nodes` is its maximum. */
  leastNodes?: number;
  ranksPerNode?: number;
  /** How many ranks the launcher starts by default; absent if it counts accelerators. */
  ranksPerNodeDefault?: number;
  hostfile?: string;
  include?: string;
  exclude?: string;
  masterAddress?: string;
  masterPort?: number;
  /** torchrun's rendezvous backend, if the command names one. */
  rendezvous?: 'static' | 'c10d';
}

/** A raw command, split into the launcher's part and the script's part. */
export interface LaunchCommand {
  launcher: string;
  /** The user's argument vector, byte for byte. */
  argv: readonly string[];
  /** argv up to the script, including the launcher's program, byte for byte. */
  launcherArgv: readonly string[];
  script: Script;
  cluster: ClusterRequest;
  /** The launcher's own config: accelerate's YAML. */
  config?: StructuredFile;
  /** The DeepSpeed config in the launcher's options, if the script's arguments do not name one. */
  deepspeedConfig?: string;
}

/** What the user requested: the typed result of reading the command. */
export interface Job {
  command: LaunchCommand;
  cwd: string;
  /** In node-rank order, never empty. */
  nodes: Node[];
  /** Where the nodes come from: "hostfile hostfiles/8x8-h100", "--nodes 2". */
  nodesFrom: string;
  /**
   * Set if one machine runs the command unchanged: there is no hostfile and no --nodes. `nodes` is then one node named
   * `localhost`; its slots are empty if only the launcher will count the accelerators.
   */
  unchanged: boolean;
  /** What starts the nodes' commands: an executor, or the batch system that will name the nodes. */
  executor: string;
  /** `here`: this machine simulates all nodes. `remote`: they are other machines. `later`: they have no names until the job starts. */
  reach: 'here' | 'remote' | 'later';
  /** The Python that runs the launcher's program, for launchers that are Python modules. */
  python: string;
  training: TrainingArguments;
  /** All arguments of the script, in order. */
  settings: readonly Setting[];
  /** What affects the run and could not be read. */
  unread: readonly Unread[];
  /** The program that reads the arguments, if it is not the script itself: "llamafactory". */
  frontEnd: string | undefined;
  defaults: Defaults;
  /** Versions of the libraries, as far as they are known: given, or installed in the launcher's environment. */
  versions: Versions;
  /** The text of the script, if it is a file. */
  scriptText: string | undefined;
  /** The environment in which the command was typed. */
  environment: Readonly<Record<string, string | undefined>>;
  deepspeed: DeepSpeedConfig | undefined;
  /** --samples. */
  samples: number | undefined;
  /** Added to every node's environment. */
  env: Record<string, string>;
  /** The source of each, by name. */
  envSources: Record<string, string>;
  /** --activate: environments to activate on every node before its launcher starts. */
  activate: readonly Activation[];
}
