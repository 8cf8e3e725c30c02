import type { Rule } from './finding.ts';
import { atLeast, inCommand } from './read.ts';

/** get_scheduler returns before it reads them. */
export const scheduleArgumentsIgnored: Rule = {
  id: 'schedule-arguments-ignored',
  title: 'The schedule ignores lr_scheduler_kwargs',
  severity: 'warning',
  reads: '`lr_scheduler_type` and `lr_scheduler_kwargs`',
  why:
    'constant and constant_with_warmup silently drop every keyword, misspelled or not; so did inverse_sqrt before transformers 5.4. ' +
    'A floor or a number of cycles has no effect on them.',
  fix: 'remove lr_scheduler_kwargs, or request a schedule that uses them',
  thread: 'https://github.com/huggingface/open-muse/issues/144',
  check(job) {
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs } = job.training;
    if (!type || !kwargs || Object.keys(kwargs.value).length === 0 || job.frontEnd !== undefined) return [];
    const always = ['constant', 'constant_with_warmup'].includes(type.value);
    const old = type.value === 'inverse_sqrt' && atLeast(job, 'transformers', '5.4.0') === false;
    if (!always && !old) return [];
    return [
      {
        message: `${type.value} ignores ${Object.keys(kwargs.value).join(', ')}`,
        evidence: [inCommand(kwargs, 'has no effect')],
      },
    ];
  },
};
