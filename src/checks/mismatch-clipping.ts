import type { Rule } from './finding.ts';
import { mismatches, mismatchPage } from './mismatch.ts';

export const mismatchClipping: Rule = {
  ...mismatchPage,
  id: 'mismatch-clipping',
  title: 'Gradient clipping differs between the DeepSpeed config and the command',
  reads: '`gradient_clipping` against `--max_grad_norm`',
  check(job) {
    const norm = job.training.max_grad_norm;
    return mismatches(job, [{ path: ['gradient_clipping'], stated: norm, wanted: norm?.value }]);
  },
};
