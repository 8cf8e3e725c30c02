import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const maxStepsOverEpochs: Rule = {
  id: 'max-steps-over-epochs',
  title: 'max_steps overrides num_train_epochs',
  severity: 'note',
  reads: '`max_steps` and `num_train_epochs`',
  why: 'With both, the epochs are ignored: the schedule is as long as max_steps, and the data set is read again if it ends sooner.',
  fix: 'keep only the one that you want',
  check({ training }) {
    const { max_steps: steps, num_train_epochs: epochs } = training;
    if (!steps || !epochs || steps.value <= 0) return [];
    return [
      {
        message: `max_steps ${steps.value} decides the length of the schedule; num_train_epochs is not used`,
        evidence: [inCommand(epochs, 'is not used'), inCommand(steps, 'is the total number of steps')],
      },
    ];
  },
};
