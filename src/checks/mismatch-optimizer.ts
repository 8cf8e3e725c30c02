import type { Rule } from './finding.ts';
import { mismatches, mismatchPage } from './mismatch.ts';

export const mismatchOptimizer: Rule = {
  ...mismatchPage,
  id: 'mismatch-optimizer',
  title: "The optimizer's numbers differ between the DeepSpeed config and the command",
  reads: '`optimizer.params` lr, betas, eps and weight_decay against the arguments of the command',
  check(job) {
    const {
      learning_rate: lr,
      adam_beta1: one,
      adam_beta2: two,
      adam_epsilon: eps,
      weight_decay: decay,
    } = job.training;
    return mismatches(job, [
      { path: ['optimizer', 'params', 'lr'], stated: lr, wanted: lr?.value },
      {
        path: ['optimizer', 'params', 'betas'],
        stated: one && two ? one : undefined,
        wanted: one && two ? [one.value, two.value] : undefined,
      },
      { path: ['optimizer', 'params', 'eps'], stated: eps, wanted: eps?.value },
      { path: ['optimizer', 'params', 'weight_decay'], stated: decay, wanted: decay?.value },
    ]);
  },
};
