import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const packingTotal: Rule = {
  id: 'packing-total',
  title: 'With packing the number of samples is known only to the run',
  severity: 'note',
  reads: '`packing` and `max_steps`',
  why:
    'Packing puts several samples into one sequence, so the number of batches depends on their lengths. Older TRL counted the rows before ' +
    'packing for the schedule, and runs ended with the learning rate still high.',
  fix: 'set --max_steps if the length of the schedule must be known before the run',
  thread: 'https://github.com/huggingface/trl/pull/979',
  check({ training }) {
    const { packing, max_steps: steps } = training;
    if (packing?.value !== true || (steps && steps.value > 0)) return [];
    return [
      {
        message: 'the number of steps depends on packing and is not known before the run',
        evidence: [inCommand(packing, 'changes the number of samples')],
      },
    ];
  },
};
