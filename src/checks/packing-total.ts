import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const packingTotal: Rule = {
  id: 'packing-total',
  title: 'With packing only the run knows how many samples there are',
  severity: 'note',
  reads: '`packing` and `max_steps`',
  why:
    'Packing puts several samples into one sequence: the number of batches depends on their lengths. TRL once sized the schedule by the rows before ' +
    'packing, and runs ended with the learning rate still high.',
  fix: 'give --max_steps when the length of the schedule must be known beforehand',
  thread: 'https://github.com/huggingface/trl/pull/979',
  check({ training }) {
    const { packing, max_steps: steps } = training;
    if (packing?.value !== true || (steps && steps.value > 0)) return [];
    return [
      {
        message: 'packing decides how many steps there are: the total is not known before the run',
        evidence: [inCommand(packing, 'changes the number of samples')],
      },
    ];
  },
};
