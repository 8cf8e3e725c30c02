import type { Finding } from '../checks/finding.ts';
import type { AgentEvent, Executor, NodeHandle } from '../executors/executor.ts';
import type { Job } from '../job/job.ts';
import type { RunDirectory } from './directory.ts';
import type { Expect } from './expect.ts';
import { callbackFiles } from './files.ts';
import type { Plan } from './plan.ts';
import { type Action, end, type Judge, react } from './react.ts';
import { newRun, type Run, type RunState } from './run.ts';
import { conclude, type Verdict } from './verdict.ts';

/** What the callback is told (settings.json on every node). */
export interface CallbackSettings {
  projection: boolean;
  on_mismatch: 'abort' | 'warn';
  /** --start-step; null when the run itself knows. */
  start_step: number | null;
  /** The command itself names the schedule, so that a scheduler of the script's own is held against it. */
  asked_on_command_line: boolean;
  /** --after-release */
  after_release: 'warn' | 'abort' | 'off';
  /** --expect, one for every optimizer in the order of their first steps. */
  expect: readonly Expect[];
}

/** What a run shows while it goes on. Rendering is the reporter's business alone. */
export interface RunReporter {
  /** After every event that changed the run. */
  update(run: Run): void;
  line(node: string, rank: number | null, text: string): void;
  /** A sentence for the person who watches: a warning, "stopping, Ctrl-C again to kill". */
  notice(text: string): void;
}

export interface Supervision {
  job: Job;
  plan: Plan;
  findings: readonly Finding[];
  judge: Judge;
  settings: CallbackSettings;
  executor: Executor;
  directory: RunDirectory;
  reporter: RunReporter;
  log: (state: RunState | 'event', detail: Record<string, unknown>) => void;
  redact: (text: string) => string;
}

/** A rank's Python says hello before it imports anything; rendezvous alone may take ten minutes (torch's join timeout). */
const HELLO_DEADLINE_MS = 15 * 60_000;
/** What a node gets beyond the grace of a stop before it is killed, and then before its agent is. */
const STOP_MARGIN_MS = 5_000;

/**
 * Starts the plan's nodes, holds the run, releases or stops it, and returns its verdict when every process on every node is
 * verified to be gone (or, after release and a hang-up, when the run has been left to itself).
 */
export async function supervise(supervision: Supervision): Promise<Verdict> {
  const { job, plan, findings, judge, executor, directory, reporter, log, redact } = supervision;
  const run = newRun(
    plan.nodes.map(({ name }) => name),
    null,
  );
  const files = callbackFiles();
  const timers = new Set<NodeJS.Timeout>();
  let stopping = false;
  let told = 0;
  let left = false;

  const handles: NodeHandle[] = plan.nodes.map((node) =>
    executor.start({
      type: 'start',
      run: directory.id,
      node: node.rank,
      name: node.name,
      argv: [...node.argv],
      cwd: node.cwd,
      env: { ...node.env },
      files,
      settings: { ...supervision.settings },
      grace: 0.2,
    }),
  );

  const later = (milliseconds: number, work: () => void) => {
    timers.add(setTimeout(work, milliseconds));
  };
  const tell = (command: Parameters<NodeHandle['send']>[0]) => {
    for (const handle of handles) handle.send(command);
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
    if (stopping) return;
    stopping = true;
    tell({ type: 'stop', grace });
    later(grace * 1000 + STOP_MARGIN_MS, () => tell({ type: 'kill' }));
    later(grace * 1000 + 2 * STOP_MARGIN_MS, () => {
      for (const handle of handles) handle.kill();
    });
  };
  const show = () => {
    for (; told < run.warnings.length; told++) reporter.notice(`warning: ${run.warnings[told]}`);
    reporter.update(run);
  };
  const take = (node: number, event: AgentEvent) => {
    const name = run.nodes[node]?.name ?? String(node);
    if (event.type === 'log') {
      const lines = event.lines.map(redact);
      react(run, node, { ...event, lines }, judge, Date.now());
      directory.append(`logs/${name}-${event.rank ?? 'launcher'}.log`, lines.join('\n'));
      for (const line of lines) reporter.line(name, event.rank, line);
      return;
    }
    directory.append('events.jsonl', JSON.stringify({ node: name, ...event }));
    if (event.type === 'rank' && event.event.type === 'step' && event.event.rank === 0)
      record(directory, event.event);
    const before = run.state;
    perform(react(run, node, event, judge, Date.now()));
    log(run.state === before ? 'event' : run.state, {
      node: name,
      event: event.type === 'rank' ? event.event.type : event.type,
    });
    show();
  };

  const signals = forwardSignals((signal, again) => {
    if (signal === 'SIGHUP' && run.state === 'released') {
      left = true;
      for (const handle of handles) handle.leave();
      return;
    }
    if (again) {
      reporter.notice('killing every process of the run');
      tell({ type: 'kill' });
      return;
    }
    reporter.notice(`${signal}: stopping every process on every node; once more kills them`);
    perform(end(run, Date.now(), { kind: 'interrupted', signal }));
    show();
  });
  later(HELLO_DEADLINE_MS, () => {
    if (run.state === 'preparing' || run.state === 'starting') {
      perform(
        end(run, Date.now(), { kind: 'silent', reason: 'no rank reported within 15 minutes of the start' }),
      );
    }
  });

  // Loading a large model takes minutes without an event: whoever watches sees that time passes.
  const clock = setInterval(() => reporter.update(run), 1000);

  try {
    await Promise.all(
      handles.map(async (handle, node) => {
        for await (const event of handle.events) take(node, event);
        const { stderr } = await handle.closed;
        if (!run.nodes[node]?.gone && !left) {
          perform(
            end(run, Date.now(), {
              kind: 'node-lost',
              node,
              reason: stderr.trim().split('\n').at(-1) || 'its agent ended',
            }),
          );
          await executor.sweep(directory.id, node);
        }
      }),
    );
  } finally {
    clearInterval(clock);
    for (const timer of timers) clearTimeout(timer);
    signals.remove();
  }
  const verdict = conclude(run, job, findings, left);
  if (!left) run.state = verdict.state;
  directory.write('verdict.json', verdict);
  reporter.update(run);
  return verdict;
}

/** One line per optimizer step and parameter group. */
function record(directory: RunDirectory, event: Record<string, unknown>): void {
  const lrs = event.lrs as number[];
  const expected = event.expected as number[] | null;
  const optimizer = event.optimizer ? { optimizer: event.optimizer } : {};
  lrs.forEach((lr, group) => {
    directory.append(
      'lr.jsonl',
      JSON.stringify({ ...optimizer, step: event.step, group, lr, expected: expected?.[group] ?? null }),
    );
  });
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
