import { libraryCurve } from '../schedule/index.ts';
import type { Rule } from './finding.ts';
import { askedSpec, inCommand, refusalOf } from './read.ts';

const own = ['num_warmup_steps', 'num_training_steps'];

/** get_scheduler hands lr_scheduler_kwargs to the schedule as they are (transformers/optimization.py). */
export const scheduleArgumentsRefused: Rule = {
  id: 'schedule-arguments-refused',
  title: 'Arguments that the requested schedule refuses',
  severity: 'error',
  reads: '`lr_scheduler_type`, `lr_scheduler_kwargs`, `learning_rate` and the lengths of the run',
  why:
    'The schedule is built when training starts, after the model has been loaded: a keyword that it does not know, a missing ' +
    'num_decay_steps, a floor above the peak, both min_lr and min_lr_rate all end the run there.',
  fix: 'correct the argument',
  thread: 'https://github.com/huggingface/transformers/issues/34905',
  check(job) {
    const asked = askedSpec(job);
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs, learning_rate: lr } = job.training;
    if (!asked || !type || job.frontEnd !== undefined || asked.spec.lr0 <= 0) return [];
    const twice = own.find((name) => kwargs && name in kwargs.value);
    const place = kwargs
      ? [inCommand(kwargs, 'is handed to the schedule as it stands')]
      : [inCommand(type, 'needs more')];
    if (twice && kwargs) {
      return [
        { message: `lr_scheduler_kwargs gives ${twice}, which the Trainer gives already`, evidence: place },
      ];
    }
    // What is nominal (a length that only the run knows) cannot be refused for its length.
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
