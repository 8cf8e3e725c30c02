import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const resumeBatchSizeChanged: Rule = {
  id: 'resume-batch-size-changed',
  title: 'The resumed run has a different batch size',
  severity: 'warning',
  reads: "`per_device_train_batch_size` against train_batch_size in the checkpoint's trainer_state.json",
  why: 'The position is counted in optimizer steps: with a different batch size the same step is a different place in the data, and the epochs have a different length.',
  fix: 'keep the batch size, or change gradient_accumulation_steps so that the global batch stays the same',
  thread: 'https://github.com/bghira/SimpleTuner/pull/3045',
  check({ cwd, training }) {
    const stated = training.per_device_train_batch_size;
    const before = resumedCheckpoint(cwd, training)?.trainBatchSize;
    if (!stated || before === undefined || before === stated.value) return [];
    return [
      {
        message: `the checkpoint was trained with ${before} samples per rank, and this run has ${stated.value}`,
        evidence: [inCommand(stated, `was ${before}`)],
      },
    ];
  },
};
