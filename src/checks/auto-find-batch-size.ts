import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const autoFindBatchSize: Rule = {
  id: 'auto-find-batch-size',
  title: 'With auto_find_batch_size the total is only known after the last retry',
  severity: 'warning',
  reads: '`auto_find_batch_size`',
  why:
    'When memory runs out the batch size is halved and training begins again: there are twice as many optimizer steps, and the schedule is as much longer. ' +
    'Versions 4.26 to 4.31 kept the old, too short schedule.',
  fix: 'find the batch size in a run of its own, and give it as --per_device_train_batch_size',
  thread: 'https://github.com/huggingface/transformers/issues/21521',
  check({ training }) {
    const { auto_find_batch_size: auto, max_steps: steps } = training;
    if (auto?.value !== true || (steps && steps.value > 0)) return [];
    return [
      {
        message:
          'auto_find_batch_size may change the batch size, and with it the number of steps and the schedule',
        evidence: [inCommand(auto, 'makes the total a matter of memory')],
      },
    ];
  },
};
