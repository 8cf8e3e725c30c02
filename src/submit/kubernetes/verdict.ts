import type { AgentEvent } from '../../executors/executor.ts';
import { makeJudge } from '../../run/judge.ts';
import { end, react } from '../../run/react.ts';
import { newRun } from '../../run/run.ts';
import { conclude, type Verdict } from '../../run/verdict.ts';
import type { Submission } from '../target.ts';

/** How the first node says its verdict, and beforehand what it came from, in its output. */
export const VERDICT = 'rampcheck-verdict ';
export const EVENT = 'rampcheck-event ';

export interface Said {
  /** What the coordinator decided: its outcome and exit code stand. */
  verdict: Verdict;
  events: readonly NodeEvent[];
}

export type NodeEvent = AgentEvent & { node: string | null; at: number };

/**
 * The verdict with cause and fix: the coordinator decides with what the nodes say alone, and what needs the job is found here, by
 * the same state machine over the same events.
 */
export function explain({ verdict, events }: Said, { job, judge, findings }: Submission): Verdict {
  const names = verdict.nodes.map(({ name }) => name);
  const run = newRun(names, null);
  const judging = makeJudge({ ...judge, job });
  for (const event of events) {
    const node = names.indexOf(event.node ?? '');
    if (node >= 0) react(run, node, event, judging, event.at);
  }
  const found = conclude(run, job, findings, false);
  if (found.outcome !== verdict.outcome || found.exit_code !== verdict.exit_code) return verdict;
  const { steps_seen, max_deviation, ranks, seconds_to_stop, nodes } = verdict;
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
  return conclude(run, job, findings, false);
}
