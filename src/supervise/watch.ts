import type { Finding } from '../checks/finding.ts';
import type { AgentCommand, AgentEvent } from '../contract/agent-messages.ts';
import type { Executor, NodeHandle } from '../executors/executor.ts';
import type { Job } from '../job/job.ts';
import type { JudgeOptions } from '../run/judge.ts';
import type { RunReporter } from '../run/reporter.ts';
import type { Run, RunState } from '../run/run.ts';
import type { RunDirectory } from '../run-folder/directory.ts';
import { type Ledger, openLedger } from '../run-folder/ledger.ts';
import { surviving } from '../run-folder/surviving.ts';
import { makeStop, type Stop } from './stop.ts';

/** A run to supervise: the job, how to reach its nodes, and where to report. */
export interface Supervision {
  job: Job;
  findings: readonly Finding[];
  /** The options with which the run is judged. */
  judge: JudgeOptions;
  executor: Executor;
  directory: RunDirectory;
  reporter: RunReporter;
  log: (state: RunState | 'event', detail: Record<string, unknown>) => void;
  redact: (text: string) => string;
}

/** A node of a supervised run. */
export interface WatchedNode {
  rank: number;
  name: string;
  /** The connection to its agent; absent if nothing was started, or after its last event. */
  connection: NodeHandle | undefined;
  /** The folder of the agent that owns the run's processes on it. */
  folder: string | undefined;
  /** True if the connection is to a second agent that reattached to the run. */
  attached: boolean;
  /** True once all missed events have been read. */
  caughtUp: boolean;
  /** True if it is reachable. */
  answers: boolean;
}

export type Secrets = Pick<Extract<AgentEvent, { type: 'secrets' }>, 'env' | 'argv'>;

/** A run while this process supervises it. */
export interface Watch extends Supervision {
  run: Run;
  nodes: readonly WatchedNode[];
  ledger: Ledger;
  stop: Stop;
  /** True for a look: the missed events are read, and nothing is decided. */
  looking: boolean;
  /** Aborted to detach: the run continues without this process. */
  leaving: AbortController;
  /** Aborted at the end, so that no timer outlives the supervision. */
  over: AbortController;
  /** Receives the secrets to mask from the agent of a reattached run. */
  learn(secrets: Secrets): void;
  /** How many of the run's warnings have been shown. */
  warned: number;
}

/** `heard`: the number of the last stored event of each node. */
export function newWatch(
  supervision: Supervision,
  {
    run,
    heard,
    looking = false,
    learn = () => {},
  }: { run: Run; heard?: ReadonlyMap<string, number> } & Partial<Pick<Watch, 'looking' | 'learn'>>,
): Watch {
  const { reporter, redact } = supervision;
  const directory = surviving(supervision.directory, (text) => reporter.notice(redact(`warning: ${text}`)));
  const over = new AbortController();
  const nodes = run.nodes.map(
    ({ name }, rank): WatchedNode => ({
      rank,
      name,
      connection: undefined,
      folder: undefined,
      attached: false,
      caughtUp: false,
      answers: false,
    }),
  );
  return {
    ...supervision,
    directory,
    run,
    nodes,
    ledger: openLedger(directory, heard),
    stop: makeStop(nodes, over.signal),
    looking,
    learn,
    leaving: new AbortController(),
    over,
    warned: run.warnings.length,
  };
}

/** Sends a message to every node's agent. */
export function tell({ nodes }: Watch, command: AgentCommand): void {
  for (const { connection } of nodes) connection?.send(command);
}

/** Detaches from a released run. */
export function leave({ nodes, leaving }: Watch): void {
  leaving.abort();
  for (const { connection } of nodes) connection?.leave();
}

/** Shows what has changed: new warnings, and the run itself. */
export function show(watch: Watch): void {
  const { run, reporter } = watch;
  for (const warning of run.warnings.slice(watch.warned)) reporter.notice(`warning: ${warning}`);
  watch.warned = run.warnings.length;
  reporter.update(run);
}
