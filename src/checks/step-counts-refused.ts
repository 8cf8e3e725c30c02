import { countJobSteps } from '../job/count-job-steps.ts';
import type { Rule } from './finding.ts';
import { refusalOf } from './read.ts';

export const stepCountsRefused: Rule = {
  id: 'step-counts-refused',
  title: 'Numbers with which the Trainer refuses to start',
  severity: 'error',
  reads: '`--samples`, batch sizes, epochs, steps and warmup',
  why: 'A negative warmup, a ratio above 1, a data set that is shorter than one batch: the Trainer raises, in the middle of its start.',
  fix: 'correct the number that the message names',
  check(job) {
    const { error } = refusalOf(() => countJobSteps(job));
    // A fraction of steps before transformers 5 has a rule of its own.
    if (!error || /must be of type int/.test(error.message)) return [];
    return [{ message: error.message, ...(error.hint ? { fix: [error.hint] } : {}) }];
  },
};
