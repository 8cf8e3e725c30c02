import { worldSizeOf } from '../job/count-job-steps.ts';
import type { Rule } from './finding.ts';
import { mismatches, mismatchPage } from './mismatch.ts';

export const mismatchBatch: Rule = {
  ...mismatchPage,
  id: 'mismatch-batch',
  title: 'Batch sizes differ between the DeepSpeed config and the command',
  reads:
    '`train_micro_batch_size_per_gpu`, `gradient_accumulation_steps`, `train_batch_size` against the arguments of the command',
  check(job) {
    const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation } = job.training;
    const ranks = worldSizeOf(job);
    const all = batch && accumulation && ranks ? batch.value * accumulation.value * ranks : undefined;
    // With auto_find_batch_size the batch sizes are not compared.
    const free = job.training.auto_find_batch_size?.value === true;
    return mismatches(job, [
      { path: ['gradient_accumulation_steps'], stated: accumulation, wanted: accumulation?.value },
      ...(free
        ? []
        : [
            { path: ['train_micro_batch_size_per_gpu'], stated: batch, wanted: batch?.value },
            { path: ['train_batch_size'], stated: batch, wanted: all },
          ]),
    ]);
  },
};
