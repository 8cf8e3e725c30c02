import { RampcheckError } from '../errors.ts';
import type { Executor } from '../executors/executor.ts';
import { makeExecutor } from '../executors/index.ts';
import { makeRedactor, type Redact } from '../redact/redact.ts';
import { RELEASED_GRACE } from '../run/react.ts';
import type { RunReporter } from '../run/reporter.ts';
import type { Verdict } from '../run/verdict.ts';
import { runDirectory } from '../run-folder/directory.ts';
import { mend, mendRates } from '../run-folder/mend.ts';
import { claimRun } from '../run-folder/owner.ts';
import { type Remembered, rememberRun } from '../run-folder/remember.ts';
import { openRunLog } from '../run-folder/run-log.ts';
import { attachNode } from './attach-node.ts';
import { decide } from './decide.ts';
import { supervise } from './supervise.ts';
import { newWatch, type Watch } from './watch.ts';

export interface ComeBack {
  /** `look`: read the missed events and detach again. */
  mode: 'follow' | 'look' | 'stop';
  env: Readonly<Record<string, string | undefined>>;
  reporter(remembered: Remembered, redact: Redact): RunReporter;
}

/**
 * Reattaches to a detached run: the missed events are read from the nodes and written into the run's folder as if
 * the launcher had been connected, and after the end the final verdict too. Only one process at a time does this, and it may detach again: a signal
 * ends the supervision, not the run.
 *
 * @returns the current verdict and the state of the run.
 * @throws RampcheckError `run-supervised` if another process supervises the run; `run-damaged`.
 */
export async function comeBackTo(
  path: string,
  { mode, env, reporter }: ComeBack,
): Promise<{ verdict: Verdict; remembered: Remembered }> {
  const lock = claimRun(path);
  if ('supervisor' in lock) {
    const { pid, host } = lock.supervisor;
    throw new RampcheckError('run-supervised', `process ${pid} on ${host} supervises this run`, {
      hint: 'rampcheck logs -f shows its output; rampcheck stop ends it',
    });
  }
  try {
    mend(path);
    const remembered = rememberRun(path);
    mendRates(path, remembered.lastStep);
    const { record, job } = remembered;
    const redactor = growingRedactor(makeRedactor({ ...env, ...job.env }, job.command.argv));
    const logger = openRunLog(path);
    logger.info({ run: record.id, mode }, 'reattached');
    const directory = runDirectory(record.id, path, redactor.redact);
    const executor = await executorOf(remembered);
    const watch = newWatch(
      {
        job,
        findings: record.findings,
        judge: record.options,
        executor,
        directory,
        reporter: reporter(remembered, redactor.redact),
        log: (state, detail) => logger.info({ state, ...detail }, 'run'),
        redact: redactor.redact,
      },
      {
        run: remembered.run,
        heard: remembered.heard,
        looking: mode === 'look',
        learn: ({ env: theirs, argv }) => redactor.add(makeRedactor(theirs, argv)),
      },
    );
    const verdict = await resume(watch, remembered.agents, mode).finally(async () => executor.close?.());
    const agents = watch.nodes.map(({ folder }) => folder);
    return { verdict, remembered: { ...remembered, agents, verdict } };
  } finally {
    lock.unlock();
  }
}

async function resume(watch: Watch, folders: Remembered['agents'], mode: ComeBack['mode']): Promise<Verdict> {
  const { run, nodes } = watch;
  for (const node of nodes) {
    node.folder = folders[node.rank];
    attachNode(watch, node);
  }
  if (mode === 'stop') decide(watch, { kind: 'interrupted', signal: 'stop' });
  // The previous supervisor had already begun to stop it.
  else if (mode === 'follow' && run.cause) watch.stop.begin(RELEASED_GRACE);
  return supervise(watch, { leavesAt: () => mode !== 'stop' && !run.cause });
}

/** Masks the known secrets, and those that it learns later. */
function growingRedactor(first: Redact): { redact: Redact; add(more: Redact): void } {
  let all = first;
  return {
    redact: (text) => all(text),
    add(more) {
      const before = all;
      all = (text) => more(before(text));
    },
  };
}

/** Loads the executor of a run; each node is reached only when it is needed. */
export async function executorOf({ job, record }: Pick<Remembered, 'job' | 'record'>): Promise<Executor> {
  const executor = await makeExecutor(job.executor, record.way);
  await executor.prepare?.(job.nodes, { oneByOne: true });
  return executor;
}
