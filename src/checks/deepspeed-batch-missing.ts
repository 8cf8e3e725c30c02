import type { Rule } from './finding.ts';
import { configValue, drivesDeepSpeed, trainerFills } from './read.ts';

const keys = ['train_batch_size', 'train_micro_batch_size_per_gpu'];

/** deepspeed/runtime/config.py, _set_batch_related_parameters. */
export const deepspeedBatchMissing: Rule = {
  id: 'deepspeed-batch-missing',
  title: 'The DeepSpeed config has no batch size',
  severity: 'error',
  reads: '`train_batch_size` and `train_micro_batch_size_per_gpu`',
  why: 'DeepSpeed needs one of the two, and the Trainer fills in only keys that are present. The run ends with "Either train_batch_size or train_micro_batch_size_per_gpu needs to be provided", after the model has been loaded.',
  fix: 'write "train_micro_batch_size_per_gpu": "auto" (with the Trainer) or the number',
  check(job) {
    const { deepspeed } = job;
    if (!deepspeed || !(trainerFills(job) || drivesDeepSpeed(job))) return [];
    if (keys.some((key) => configValue(job, [key]) !== undefined && configValue(job, [key]) !== null))
      return [];
    const file = deepspeed.path;
    const path = ['train_micro_batch_size_per_gpu'];
    const repairs =
      file === '--deepspeed' || drivesDeepSpeed(job)
        ? []
        : [{ remedy: 'auto', edits: [{ file, path, value: 'auto' }] }];
    return [
      {
        message: `the DeepSpeed config has neither ${keys.join(' nor ')}: DeepSpeed refuses it`,
        evidence: [{ text: file, location: { file }, means: 'states no batch size' }],
        repairs,
      },
    ];
  },
};
