import type { Job } from '../job/job.ts';
import { deepspeedSchedulerReplaces } from './deepspeed-scheduler-replaces.ts';
import type { Finding, Rule } from './finding.ts';

/** Every rule. Adding one is a file and a line here. */
export const rules: readonly Rule[] = [deepspeedSchedulerReplaces];

const order = { violation: 0, warning: 1, note: 2 } as const;

/** What the static rules say of a job, the worst first. */
export function checkJob(job: Job): Finding[] {
  return rules.flatMap((rule) => rule.check(job)).sort((a, b) => order[a.severity] - order[b.severity]);
}
