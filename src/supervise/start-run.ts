import { seconds } from '../contract/contract.ts';
import type { CallbackSettings } from '../contract/settings.ts';
import type { Plan } from '../plan/plan.ts';
import { newRun } from '../run/run.ts';
import type { Verdict } from '../run/verdict.ts';
import { reportDeadline } from './report-deadline.ts';
import { supervise } from './supervise.ts';
import { newWatch, type Supervision } from './watch.ts';

export interface Start extends Supervision {
  plan: Plan;
  settings: CallbackSettings;
  /** --report-timeout: seconds without a new report after which the run ends because of a missing rank. */
  reportTimeout: number;
}

/** Seconds between TERM and KILL if an agent ends its job without the launcher. */
const AGENT_GRACE = seconds.held_grace;

/** Starts the plan's nodes and supervises the run until it ends or, after its release, is detached. */
export async function startRun({ plan, settings, reportTimeout, ...supervision }: Start): Promise<Verdict> {
  const { executor, directory } = supervision;
  const run = newRun(plan.nodes.map(({ name }) => name));
  const watch = newWatch(supervision, { run });
  for (const { rank, name, argv, cwd, env } of plan.nodes) {
    const node = watch.nodes[rank];
    if (!node) continue;
    node.connection = executor.start({
      type: 'start',
      run: directory.id,
      node: rank,
      name,
      argv: [...argv],
      cwd,
      env: { ...env },
      settings: { ...settings },
      grace: AGENT_GRACE,
    });
  }
  return supervise(watch, {
    // The terminal is closed: a released run continues.
    leavesAt: (signal) => signal === 'SIGHUP' && run.state === 'released',
    onEvent: reportDeadline(watch, reportTimeout),
  });
}
