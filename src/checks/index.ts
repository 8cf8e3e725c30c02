import type { Job } from '../job/job.ts';
import { type Finding, type Rule, severities } from './finding.ts';
import { rules } from './rules.ts';

export { rules } from './rules.ts';

/** Returns the findings of all static rules about a job, the worst first. */
export function checkJob(job: Job): Finding[] {
  return rules
    .flatMap((rule) => findingsOf(rule, job))
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** Returns the findings of one rule about a job. */
export function findingsOf(rule: Rule, job: Job): Finding[] {
  const { id, severity, fix, thread } = rule;
  return rule.check(job).map((said) => ({
    rule: id,
    severity,
    evidence: [],
    fix: [fix],
    ...(thread === undefined ? {} : { thread }),
    ...said,
  }));
}
