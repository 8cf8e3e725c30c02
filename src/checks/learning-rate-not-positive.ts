import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const learningRateNotPositive: Rule = {
  id: 'learning-rate-not-positive',
  title: 'The learning rate is not above 0',
  severity: 'error',
  reads: '`learning_rate`',
  why: 'At 0 the run costs the same and changes nothing; below 0 every optimizer refuses to start.',
  fix: 'set a positive learning rate, such as 1e-5',
  check({ training }) {
    const lr = training.learning_rate;
    if (!lr || lr.value > 0) return [];
    return [{ message: `the learning rate is ${lr.value}`, evidence: [inCommand(lr, 'trains nothing')] }];
  },
};
