import type { Location } from '../errors.ts';
import type { StructuredFile } from '../files/structured-file.ts';
import type { Versions } from '../schedule/schedule.ts';
import type { Activation } from './activation.ts';
import type { DeepSpeedConfig } from './deepspeed-config.ts';
import type { Defaults } from './defaults.ts';
import type { Setting, Unread } from './setting.ts';
import type { TrainingArguments } from './training-arguments.ts';

/** One machine of the job. Slots are the ranks it holds, by accelerator index. */
export interface Node {
  name: string;
  /** Where the hostfile says more than ssh_config does: `user@name:port`. */
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
  /** As the user wrote it. */
  target: string;
  /** Everything after it, byte for byte. */
  args: readonly string[];
}

/** What a launcher's own options say about the cluster; undefined where the command is silent. */
export interface ClusterRequest {
  nodes?: number;
  /** The least of an elastic range; `nodes` is its most. */
  leastNodes?: number;
  ranksPerNode?: number;
  /** What the launcher starts when nobody says how many; absent where it counts accelerators. */
  ranksPerNodeDefault?: number;
  hostfile?: string;
  include?: string;
  exclude?: string;
  masterAddress?: string;
  masterPort?: number;
  /** torchrun's rendezvous backend, when the command names one. */
  rendezvous?: 'static' | 'c10d';
}

/** A raw command, split into what belongs to the launcher and what belongs to the script. */
export interface LaunchCommand {
  launcher: string;
  /** The user's argument vector, byte for byte. */
  argv: readonly string[];
  /** argv up to the script, launcher program included, byte for byte. */
  launcherArgv: readonly string[];
  script: Script;
  cluster: ClusterRequest;
  /** The launcher's own config: accelerate's YAML. */
  config?: StructuredFile;
  /** The DeepSpeed config that the launcher names, where the script itself names none. */
  deepspeedConfig?: string;
}

/** What the user asked for: the typed result of reading the command (DESIGN: "job"). */
export interface Job {
  command: LaunchCommand;
  cwd: string;
  /** In node-rank order, never empty. */
  nodes: Node[];
  /** Where the nodes come from: "hostfile hostfiles/8x8-h100", "--nodes 2". */
  nodesFrom: string;
  /**
   * One machine that runs the command exactly as it stands: no hostfile and no --nodes. `nodes` is then one node called
   * `localhost`; its slots are empty where only the launcher will count the accelerators.
   */
  unchanged: boolean;
  /** What starts the nodes' commands: an executor, or the batch system that will name the nodes. */
  executor: string;
  /** `here`: this machine plays all nodes. `remote`: they are other machines. `later`: they have no names until the job starts. */
  reach: 'here' | 'remote' | 'later';
  /** The Python of the launcher's own program, for per-node launchers that are Python modules. */
  python: string;
  training: TrainingArguments;
  /** Every argument that the script is given, in order. */
  settings: readonly Setting[];
  /** What decides the run and could not be read. */
  unread: readonly Unread[];
  /** Who reads the arguments, when it is not the script itself: "llamafactory". */
  frontEnd: string | undefined;
  defaults: Defaults;
  /** Versions of the libraries, as far as they are known: given, or installed beside the launcher. */
  versions: Versions;
  /** The script's own text, when it is a file. */
  scriptText: string | undefined;
  /** The environment that the command is given in. */
  environment: Readonly<Record<string, string | undefined>>;
  deepspeed: DeepSpeedConfig | undefined;
  /** --samples. */
  samples: number | undefined;
  /** Added to every node's environment. */
  env: Record<string, string>;
  /** Who says so, by name. */
  envSources: Record<string, string>;
  /** --activate: in force on every node before its launcher starts. */
  activate: readonly Activation[];
}
