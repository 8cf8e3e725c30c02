import type { Rule } from './finding.ts';
import { mismatches, mismatchPage } from './mismatch.ts';
import { countsOf, undeclaredBlock } from './read.ts';

export const mismatchScheduler: Rule = {
  ...mismatchPage,
  id: 'mismatch-scheduler',
  title: "The scheduler's numbers differ between the DeepSpeed config and the command",
  reads:
    '`scheduler.params` warmup_max_lr, warmup_num_steps and total_num_steps against the arguments of the command',
  check(job) {
    // If the command names a schedule, deepspeed-scheduler-replaces reports the whole difference.
    if (!undeclaredBlock(job)) return [];
    const { learning_rate: lr, warmup_steps, warmup_ratio, max_steps, num_train_epochs } = job.training;
    const counts = countsOf(job);
    const [warmup, total] = [counts?.warmup.value ?? undefined, counts?.total.value ?? undefined];
    return mismatches(job, [
      { path: ['scheduler', 'params', 'warmup_max_lr'], stated: lr, wanted: lr?.value },
      {
        path: ['scheduler', 'params', 'warmup_num_steps'],
        stated: warmup_steps ?? warmup_ratio,
        wanted: warmup === undefined ? undefined : Math.max(1, warmup),
      },
      {
        path: ['scheduler', 'params', 'total_num_steps'],
        stated: max_steps ?? num_train_epochs,
        wanted: total,
      },
    ]);
  },
};
