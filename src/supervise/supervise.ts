import type { Finding } from '../checks/finding.ts';
import type { AgentEvent } from '../contract/agent-messages.ts';
import type { CallbackSettings } from '../contract/settings.ts';
import type { Executor, NodeHandle } from '../executors/executor.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { type JudgeOptions, judgeDeclared, rulesOf } from '../run/judge.ts';
import { type Action, end, RELEASED_GRACE, react } from '../run/react.ts';
import type { RunReporter } from '../run/reporter.ts';
import { type Cause, newRun, type Run, type RunState } from '../run/run.ts';
import { conclude, type Verdict } from '../run/verdict.ts';
import type { RunDirectory } from '../run-folder/directory.ts';
import { openLedger } from '../run-folder/ledger.ts';
import { ratesOf } from '../run-folder/rates.ts';
import { surviving } from '../run-folder/surviving.ts';
import { followNode } from './follow-node.ts';

export interface Supervision {
  job: Job;
  plan: Plan;
  findings: readonly Finding[];
  judge: JudgeOptions;
  /** For a run that is started here. */
  settings?: CallbackSettings;
  executor: Executor;
  /** --report-timeout, for a run that is started here: seconds without a new rank's report after which a missing one is given up. */
  reportTimeout?: number;
  directory: RunDirectory;
  reporter: RunReporter;
  log: (state: RunState | 'event', detail: Record<string, unknown>) => void;
  redact: (text: string) => string;
  /** A released run that is come back to; absent for a new one. */
  resumed?: Resumed;
}

/** Where a released run stands. Whoever comes back to it may leave again: a signal ends the watching, not the run. */
export interface Resumed {
  run: Run;
  /** The folder of each node's agent. */
  agents: (string | undefined)[];
  /** False for a look at what has been missed. */
  follow: boolean;
  /** rampcheck stop. */
  stop?: boolean;
  /** What must not be shown, as the nodes' agents tell it. */
  learn(secrets: { env: Record<string, string>; argv: string[] }): void;
}

/** What a node gets beyond the grace of a stop before it is killed, and then before its agent is. */
const STOP_MARGIN_MS = 5_000;

/**
 * Starts the plan's nodes, holds the run, releases or stops it, and returns its verdict when every process on every node is
 * verified to be gone (or, after release and a hang-up, when the run has been left to itself).
 */
export async function supervise(supervision: Supervision): Promise<Verdict> {
  const { job, plan, findings, judge, executor, reporter, log, redact, resumed, reportTimeout } = supervision;
  const directory = surviving(supervision.directory, (text) => reporter.notice(redact(`warning: ${text}`)));
  const run = resumed?.run ?? newRun(plan.nodes.map(({ name }) => name));
  const agents: (string | undefined)[] = resumed ? [...resumed.agents] : plan.nodes.map(() => undefined);
  const rules = rulesOf(judge);
  const ledger = openLedger(directory);
  const timers = new Set<NodeJS.Timeout>();
  let stopping: number | undefined;
  let told = resumed ? run.warnings.length : 0;
  const leaving = new AbortController();
  const looking = resumed?.follow === false;
  const answering = new Set<number>();
  const caughtUp = new Set<number>();
  /** Nodes whose connection is not the run's own agent, but one that came back to it. */
  const attached = new Set<number>();
  const handles: (NodeHandle | undefined)[] = [];

  for (const node of plan.nodes) {
    handles[node.rank] = resumed
      ? comeBack(node.rank)
      : executor.start({
          type: 'start',
          run: directory.id,
          node: node.rank,
          name: node.name,
          argv: [...node.argv],
          cwd: node.cwd,
          env: { ...node.env },
          settings: { ...supervision.settings },
          grace: 0.2,
        });
  }

  const later = (milliseconds: number, work: () => void) => {
    timers.add(setTimeout(work, milliseconds));
  };
  const tell = (command: Parameters<NodeHandle['send']>[0]) => {
    for (const handle of handles) handle?.send(command);
  };
  const perform = (actions: readonly Action[]) => {
    for (const action of actions) {
      if (action.do === 'release') {
        tell({ type: 'release' });
        directory.write('verdict.json', conclude(run, job, findings, true));
      } else if (action.after > 0) later(action.after, () => stop(action.grace));
      else stop(action.grace);
    }
  };
  const stop = (grace: number) => {
    if (stopping !== undefined) return;
    stopping = grace;
    tell({ type: 'stop', grace });
    later(grace * 1000 + STOP_MARGIN_MS, () => tell({ type: 'kill' }));
    later(grace * 1000 + 2 * STOP_MARGIN_MS, () => {
      for (const handle of handles) handle?.kill();
    });
  };
  const decide = (cause: Cause) => {
    if (!run.cause) ledger.decision(cause, Date.now());
    perform(end(run, Date.now(), cause));
  };
  const leave = () => {
    leaving.abort();
    for (const handle of handles) handle?.leave();
  };
  const show = () => {
    for (; told < run.warnings.length; told++) reporter.notice(`warning: ${run.warnings[told]}`);
    reporter.update(run);
  };
  const take = (node: number, event: AgentEvent) => {
    const name = run.nodes[node]?.name ?? String(node);
    if (event.type === 'log') {
      const lines = event.lines.map(redact);
      react(run, node, { ...event, lines }, rules, Date.now());
      ledger.log(name, event.rank, lines, event.end);
      for (const line of lines) reporter.line(name, event.rank, line);
      return;
    }
    if (event.type === 'secrets') return resumed?.learn(event);
    if (event.type === 'caught_up') return void caughtUp.add(node);
    if (!ledger.event(name, event, Date.now())) return;
    for (const line of ratesOf(event)) directory.append('lr.jsonl', line);
    if (event.type === 'started') agents[node] = event.directory;
    const before = run.state;
    const known = run.ranks.size;
    perform(react(run, node, event, rules, Date.now()));
    if (event.type === 'rank' && event.event.type === 'declared') {
      const cause = judgeDeclared(run, node, event.event, judge);
      if (cause) decide(cause);
    }
    if (event.type === 'started' || run.ranks.size !== known) expectReports();
    log(run.state === before ? 'event' : run.state, {
      node: name,
      event: event.type === 'rank' ? event.event.type : event.type,
    });
    if (event.type === 'gone') {
      ledger.flush();
      // The run's own agent removes its folder by itself when somebody has heard it to the end.
      if (attached.has(node)) handles[node]?.send({ type: 'forget' });
    }
    show();
  };

  const signals = forwardSignals((signal, again) => {
    if (resumed && !resumed.stop && !run.cause) return leave();
    if (signal === 'SIGHUP' && run.state === 'released') return leave();
    if (again) {
      reporter.notice('killing every process of the run');
      tell({ type: 'kill' });
      return;
    }
    reporter.notice(`${signal}: stopping every process on every node; once more kills them`);
    decide({ kind: 'interrupted', signal });
    show();
  });
  // A rank's Python says hello before it imports anything. Every hello of another one is progress, and a new deadline.
  let deadline: NodeJS.Timeout | undefined;
  const expectReports = () => {
    clearTimeout(deadline);
    if (reportTimeout === undefined || (run.worldSize !== null && run.ranks.size >= run.worldSize)) return;
    deadline = setTimeout(() => {
      decide({ kind: 'silent', reason: missing(run, reportTimeout) });
      show();
    }, reportTimeout * 1000);
  };
  expectReports();
  if (resumed?.stop) decide({ kind: 'interrupted', signal: 'stop' });
  // It was being stopped when it was left.
  else if (resumed && !looking && run.cause) stop(RELEASED_GRACE);

  // Loading a large model takes minutes without an event: whoever watches sees that time passes.
  const clock = setInterval(() => reporter.update(run), 1000);

  try {
    await Promise.all(
      handles.map(async (handle, node) => {
        if (!handle) return;
        const lost = await followNode(handle, {
          attached: resumed !== undefined,
          take: (event) => take(node, event),
          done: () => run.nodes[node]?.gone === true || (looking && caughtUp.has(node)),
          comeBack: () => (run.state === 'released' && agents[node] && !looking ? comeBack(node) : undefined),
          othersAnswer: () => [...answering].some((other) => other !== node),
          answers: (does) => void (does ? answering.add(node) : answering.delete(node)),
          stopping: () => stopping !== undefined,
          notice: (text) => reporter.notice(`${run.nodes[node]?.name}: ${text}`),
          leaving: leaving.signal,
        });
        // Whoever only looks says what is not in reach, and decides nothing.
        if (lost === undefined || looking) return;
        decide({ kind: 'node-lost', node, reason: lost });
        await executor.sweep(directory.id, node);
      }),
    );
  } finally {
    ledger.flush();
    clearInterval(clock);
    clearTimeout(deadline);
    for (const timer of timers) clearTimeout(timer);
    signals.remove();
  }
  const left = leaving.signal.aborted || (looking && !run.nodes.every(({ gone }) => gone));
  const verdict = conclude(run, job, findings, left);
  if (!left) run.state = verdict.state;
  directory.write('verdict.json', verdict);
  reporter.update(run);
  return verdict;

  /** A connection to the agent of a released run; none to a node that has said its last word. */
  function comeBack(node: number): NodeHandle | undefined {
    const { name = '', gone = false } = run.nodes[node] ?? {};
    const folder = agents[node];
    if (gone || folder === undefined) return undefined;
    const handle = executor.start({
      type: 'attach',
      run: directory.id,
      node,
      name,
      directory: folder,
      after: ledger.heard(name),
      follow: !looking,
    });
    if (stopping !== undefined) handle.send({ type: 'stop', grace: stopping });
    handles[node] = handle;
    attached.add(node);
    return handle;
  }
}

/** Which ranks have not been heard of, as far as it is known how many there are. */
function missing({ ranks, worldSize, nodes }: Run, seconds: number): string {
  const silent = Array.from({ length: worldSize ?? 0 }, (_, rank) => rank).filter((rank) => !ranks.has(rank));
  const heard = new Set([...ranks.values()].map(({ node }) => node));
  const names = nodes.filter((_, node) => !heard.has(node)).map(({ name }) => name);
  const who =
    worldSize === null
      ? 'no rank'
      : `rank ${silent.slice(0, 8).join(', ')}${silent.length > 8 ? ', …' : ''} of ${worldSize} never`;
  const where =
    worldSize !== null && names.length > 0 ? ` (nothing from ${names.slice(0, 8).join(', ')})` : '';
  return (
    `${who} reported${where}, and nothing new for ${seconds} s: Python that is started with -I or -E, or in a container ` +
    'without the environment, is out of reach'
  );
}

function forwardSignals(on: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', again: boolean) => void): {
  remove(): void;
} {
  let count = 0;
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const listener = () => on(signal, count++ > 0);
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    remove() {
      for (const { signal, listener } of listeners) process.off(signal, listener);
    },
  };
}
