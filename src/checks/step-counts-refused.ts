import { countJobSteps } from '../job/count-job-steps.ts';
import type { Rule } from './finding.ts';
import { refusalOf } from './read.ts';

export const stepCountsRefused: Rule = {
  id: 'step-counts-refused',
  title: 'The Trainer refuses to start with these numbers',
  severity: 'error',
  reads: '`--samples`, batch sizes, epochs, steps and warmup',
  why: 'With a negative warmup, a ratio above 1 or a data set shorter than one batch, the Trainer raises an error while it starts.',
  fix: 'correct the number that the message names',
  check(job) {
    const { error } = refusalOf(() => countJobSteps(job));
    // A fraction of steps before transformers 5 is reported by warmup-steps-fraction.
    if (!error || /must be of type int/.test(error.message)) return [];
    return [{ message: error.message, ...(error.hint ? { fix: [error.hint] } : {}) }];
  },
};
