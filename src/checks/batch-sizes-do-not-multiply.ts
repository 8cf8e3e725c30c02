import { worldSizeOf } from '../job/count-job-steps.ts';
import type { Rule } from './finding.ts';
import { configValue, inConfig } from './read.ts';

/** deepspeed/runtime/config.py, _set_batch_related_parameters and _batch_assertion. */
export const batchSizesDoNotMultiply: Rule = {
  id: 'batch-sizes-do-not-multiply',
  title: "The DeepSpeed config's batch sizes do not multiply to train_batch_size",
  severity: 'error',
  reads:
    '`train_batch_size`, `train_micro_batch_size_per_gpu`, `gradient_accumulation_steps` and the number of ranks',
  why:
    'DeepSpeed asserts that train_batch_size = micro batch × accumulation × ranks. A missing value is computed from the others and rounded down. ' +
    'A config written for a different number of GPUs fails on every rank.',
  fix: 'leave train_batch_size out, or, with the Trainer, write "auto" for all three',
  check(job) {
    const ranks = worldSizeOf(job);
    const values = ['train_batch_size', 'train_micro_batch_size_per_gpu', 'gradient_accumulation_steps'].map(
      (key) => configValue(job, [key]),
    );
    const [train, micro, given] = values.map((value) => (typeof value === 'number' ? value : undefined));
    // Values that transformers fills in always multiply correctly.
    if (ranks === undefined || train === undefined || values.includes('auto')) return [];
    // Ranks that share a sample (tensor, pipeline, sequence parallelism) do not count; only the script knows how many share.
    const shared =
      /parallel/.test(JSON.stringify(job.deepspeed?.value)) ||
      job.settings.some(({ name }) => /parallel/.test(name));
    if (shared) return [];
    const accumulation = given ?? (micro === undefined ? 1 : Math.floor(Math.floor(train / micro) / ranks));
    const each = micro ?? Math.floor(Math.floor(train / ranks) / accumulation);
    if (each * accumulation * ranks === train) return [];
    return [
      {
        message: `train_batch_size ${train} is not ${each} per rank × ${accumulation} accumulated × ${ranks} ranks`,
        evidence: [
          inConfig(
            job,
            ['train_batch_size'],
            `${each} × ${accumulation} × ${ranks} is ${each * accumulation * ranks}`,
          ),
        ],
      },
    ];
  },
};
