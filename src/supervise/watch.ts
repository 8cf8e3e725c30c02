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

/** What a run is about, how its nodes are reached, and who is told of it. */
export interface Supervision {
  job: Job;
  findings: readonly Finding[];
  /** What was asked of the run. */
  judge: JudgeOptions;
  executor: Executor;
  directory: RunDirectory;
  reporter: RunReporter;
  log: (state: RunState | 'event', detail: Record<string, unknown>) => void;
  redact: (text: string) => string;
}

/** One node of a run that is looked after. */
export interface WatchedNode {
  rank: number;
  name: string;
  /** To its agent; absent where nothing was started, or where the last word has been heard. */
  connection: NodeHandle | undefined;
  /** The folder of the agent that owns the run's processes there. */
  folder: string | undefined;
  /** The connection is not the run's own agent, but one that came back to it. */
  attached: boolean;
  /** Everything that was missed has been heard. */
  caughtUp: boolean;
  /** It is in reach now. */
  answers: boolean;
}

export type Secrets = Pick<Extract<AgentEvent, { type: 'secrets' }>, 'env' | 'argv'>;

/** A run while this process looks after it. */
export interface Watch extends Supervision {
  run: Run;
  nodes: readonly WatchedNode[];
  ledger: Ledger;
  stop: Stop;
  /** A look: what was missed is heard, and nothing is decided. */
  looking: boolean;
  /** Aborted when nobody wants to go on watching; the run goes on by itself. */
  leaving: AbortController;
  /** Aborted at the end: no timer outlives it. */
  over: AbortController;
  /** What must not be shown, as the agent of a run that is come back to tells it. */
  learn(secrets: Secrets): void;
  /** How many of the run's warnings have been shown. */
  warned: number;
}

/** `heard`: the number of the last event of each node that is written down already. */
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

/** Says something to every node's agent. */
export function tell({ nodes }: Watch, command: AgentCommand): void {
  for (const { connection } of nodes) connection?.send(command);
}

/** Lets go of a released run. */
export function leave({ nodes, leaving }: Watch): void {
  leaving.abort();
  for (const { connection } of nodes) connection?.leave();
}

/** Shows what has changed: warnings once, as sentences, and the run itself. */
export function show(watch: Watch): void {
  const { run, reporter } = watch;
  for (const warning of run.warnings.slice(watch.warned)) reporter.notice(`warning: ${warning}`);
  watch.warned = run.warnings.length;
  reporter.update(run);
}
