import { mayHaveOthers, meantNames, scheduleNames } from '../intent/schedule-names.ts';
import { has } from '../schedule/versions.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const schedulerTypeUnknown: Rule = {
  id: 'scheduler-type-unknown',
  title: 'transformers does not have this schedule',
  severity: 'error',
  reads: '`lr_scheduler_type` and the installed transformers',
  why: 'An unknown name ends the run on every rank: "is not a valid SchedulerType". Some names need a newer version: greedy needs 5.4.',
  fix: 'correct the name',
  check(job) {
    const type = job.training.lr_scheduler_type;
    if (!type) return [];
    const names = scheduleNames(job);
    const close = meantNames(job, type.value);
    const known = names.includes(type.value);
    // A script that declares the option itself has a word for its schedules; a front-end's other schedules may be new ones.
    if (mayHaveOthers(job) && (job.frontEnd === undefined || (!known && close.length === 0))) return [];
    const young =
      (type.value === 'greedy' && !has(job.versions, 'greedy')) ||
      (type.value === 'cosine_warmup_with_min_lr' && !has(job.versions, 'cosine-warmup-with-min-lr'));
    if (known && !young) return [];
    return [
      {
        message: young
          ? `transformers ${job.versions.transformers} does not have ${type.value} yet`
          : `${job.frontEnd ?? 'transformers'} has no schedule '${type.value}'`,
        evidence: [inCommand(type, 'is not the name of a schedule')],
        fix: [close.length ? `did you mean ${close.join(' or ')}?` : `one of ${names.join(', ')}`],
      },
    ];
  },
};
