import { mayHaveOthers } from '../intent/schedule-names.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { Rule } from './finding.ts';
import { askedSpec, inCommand, refusalOf } from './read.ts';

const own = ['num_warmup_steps', 'num_training_steps'];

/** get_scheduler passes lr_scheduler_kwargs to the schedule unchanged (transformers/optimization.py). */
export const scheduleArgumentsRefused: Rule = {
  id: 'schedule-arguments-refused',
  title: 'The requested schedule refuses these arguments',
  severity: 'error',
  reads: '`lr_scheduler_type`, `lr_scheduler_kwargs`, `learning_rate` and the lengths of the run',
  why:
    'The schedule is built when training starts, after the model has been loaded: an unknown keyword, a missing ' +
    'num_decay_steps, a floor above the peak, or both min_lr and min_lr_rate end the run there.',
  fix: 'correct the argument that the message names',
  thread: 'https://github.com/huggingface/transformers/issues/34905',
  check(job) {
    const asked = askedSpec(job);
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs, learning_rate: lr } = job.training;
    if (!asked || !type || mayHaveOthers(job) || asked.spec.lr0 <= 0) return [];
    const twice = own.find((name) => kwargs && name in kwargs.value);
    const place = kwargs
      ? [inCommand(kwargs, 'is passed to the schedule unchanged')]
      : [inCommand(type, 'needs more arguments')];
    if (twice && kwargs) {
      return [
        { message: `lr_scheduler_kwargs sets ${twice}, which the Trainer already sets`, evidence: place },
      ];
    }
    // If only the run knows the length, the length computed with here is nominal: nothing is refused because of it.
    const { error } = refusalOf(() => libraryCurve(asked.spec, asked.versions));
    if (!error || !['bad-schedule-parameter', 'schedule-refused'].includes(error.code)) return [];
    if (
      /is not a valid SchedulerType/.test(error.message) ||
      (asked.nominal && /division by zero/.test(error.message))
    )
      return [];
    return [
      {
        message: `transformers refuses the schedule: ${error.message.replace(/^transformers:/, '')}`,
        evidence: [
          ...place,
          ...(lr && /initial lr/.test(error.message) ? [inCommand(lr, 'is the initial lr')] : []),
        ],
        ...(error.hint ? { fix: [error.hint] } : {}),
      },
    ];
  },
};
