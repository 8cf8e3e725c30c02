import type { Rule } from './finding.ts';
import { mismatches, mismatchPage } from './mismatch.ts';

export const mismatchPrecision: Rule = {
  ...mismatchPage,
  id: 'mismatch-precision',
  title: 'fp16 or bf16 differs between the DeepSpeed config and the command',
  reads: '`fp16.enabled` and `bf16.enabled` against `--fp16` and `--bf16`',
  check(job) {
    const { fp16, bf16 } = job.training;
    // transformers compares `fp16 or fp16_full_eval`.
    if (job.settings.some(({ name }) => name.endsWith('_full_eval'))) return [];
    return mismatches(job, [
      { path: ['fp16', 'enabled'], stated: fp16, wanted: fp16?.value },
      { path: ['bf16', 'enabled'], stated: bf16, wanted: bf16?.value },
    ]);
  },
};
