import { nearest } from '../nearest.ts';
import { transformers } from '../schedule/transformers.ts';
import { has } from '../schedule/versions.ts';
import type { Rule } from './finding.ts';
import { inCommand, scriptMentions } from './read.ts';

export const schedulerTypeUnknown: Rule = {
  id: 'scheduler-type-unknown',
  title: 'transformers does not have this schedule',
  severity: 'error',
  reads: '`lr_scheduler_type` and the installed transformers',
  why: 'An unknown name ends the run on every rank: "is not a valid SchedulerType". Some names need a newer version: greedy needs 5.4.',
  fix: 'correct the name',
  check(job) {
    const type = job.training.lr_scheduler_type;
    // Front-ends have schedules of their own.
    if (!type || job.frontEnd !== undefined) return [];
    // A script that declares the option itself may also have its own schedules.
    const theirs = /SchedulerType|TrainingArguments|get_scheduler/.test(job.scriptText ?? '');
    if (scriptMentions(job, 'lr_scheduler_type') && !theirs) return [];
    const names = transformers.schedules.map(({ name }) => name);
    const known = names.includes(type.value);
    const young =
      (type.value === 'greedy' && !has(job.versions, 'greedy')) ||
      (type.value === 'cosine_warmup_with_min_lr' && !has(job.versions, 'cosine-warmup-with-min-lr'));
    if (known && !young) return [];
    const close = known ? [] : nearest(type.value, names);
    return [
      {
        message: young
          ? `transformers ${job.versions.transformers} does not have ${type.value} yet`
          : `transformers has no schedule '${type.value}'`,
        evidence: [inCommand(type, 'is not the name of a schedule')],
        fix: [close.length ? `did you mean ${close.join(' or ')}?` : `one of ${names.join(', ')}`],
      },
    ];
  },
};
