import type { Job } from '../job/job.ts';
import type { Finding } from './finding.ts';
import { checkJob } from './index.ts';

/** Findings that the run file says not to mind carry its reason. */
export function suppress(
  findings: readonly Finding[],
  ignore: readonly { rule: string; reason: string }[],
): Finding[] {
  return findings.map((finding) => {
    const entry = ignore.find(({ rule }) => rule === finding.rule);
    return entry ? { ...finding, suppressed: entry.reason } : finding;
  });
}

/** What check finds in a job and the run file does not excuse. */
export function openFindings(job: Job, ignore: readonly { rule: string; reason: string }[]): Finding[] {
  return suppress(checkJob(job), ignore).filter(({ suppressed }) => suppressed === undefined);
}
