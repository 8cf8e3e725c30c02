import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

export const noTrainingSteps: Rule = {
  id: 'no-training-steps',
  title: 'The run has no optimizer step',
  severity: 'warning',
  reads: '`max_steps` and `num_train_epochs`',
  why: 'max_steps 0 does not mean "as many steps as the data allow" (that is -1): the run starts, loads everything, and ends.',
  fix: 'leave max_steps out, or give -1, to train by epochs',
  check(job) {
    const { max_steps: steps, num_train_epochs: epochs } = job.training;
    const stated = steps ?? epochs;
    if (!stated || countsOf(job)?.total.value !== 0) return [];
    return [
      {
        message: 'the run ends before its first optimizer step',
        evidence: [inCommand(stated, 'leaves no optimizer step')],
      },
    ];
  },
};
