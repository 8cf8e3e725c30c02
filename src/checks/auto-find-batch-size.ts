import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const autoFindBatchSize: Rule = {
  id: 'auto-find-batch-size',
  title: 'With auto_find_batch_size the number of steps is known only after the last retry',
  severity: 'warning',
  reads: '`auto_find_batch_size`',
  why:
    'When memory runs out, the batch size is halved and training starts again with twice as many optimizer steps and a schedule twice as long. ' +
    'Versions 4.26 to 4.31 kept the old schedule, which is too short.',
  fix: 'find the batch size in a separate run, then set it with --per_device_train_batch_size',
  thread: 'https://github.com/huggingface/transformers/issues/21521',
  check({ training }) {
    const { auto_find_batch_size: auto, max_steps: steps } = training;
    if (auto?.value !== true || (steps && steps.value > 0)) return [];
    return [
      {
        message:
          'auto_find_batch_size may change the batch size, and with it the number of steps and the schedule',
        evidence: [inCommand(auto, 'makes the number of steps depend on free memory')],
      },
    ];
  },
};
