import { end } from '../../run/react.ts';
import { newRun } from '../../run/run.ts';
import { conclude, type Verdict } from '../../run/verdict.ts';
import { replay } from '../replay.ts';
import type { Submission } from '../target.ts';

/** How the first node says its verdict, and beforehand what it came from, in its output. */
export const VERDICT = 'rampcheck-verdict ';
export const EVENT = 'rampcheck-event ';

/**
 * The coordinator's verdict with cause and fix, which need the job: found by replaying what the run's folder has of its events.
 * Its output has no step beyond the hold, so that what was counted to the end is the coordinator's.
 */
export function explain(said: Verdict, path: string): Verdict {
  const { run, job, findings } = replay(path);
  const found = conclude(run, job, findings);
  if (found.outcome !== said.outcome || found.exit_code !== said.exit_code) return said;
  const { steps_seen, max_deviation, ranks, seconds_to_stop, nodes } = said;
  return { ...found, steps_seen, max_deviation, ranks, seconds_to_stop, nodes };
}

/** The first node ended without a word: its pod was taken away. */
export function silent({ plan, job, findings }: Submission): Verdict {
  const run = newRun(
    plan.nodes.map(({ name }) => name),
    null,
  );
  const reason = 'its pod ended before it could say a verdict';
  end(run, Date.now(), { kind: 'node-lost', node: 0, reason });
  return conclude(run, job, findings);
}
