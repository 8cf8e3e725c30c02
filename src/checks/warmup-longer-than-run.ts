import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

export const warmupLongerThanRun: Rule = {
  id: 'warmup-longer-than-run',
  title: 'The warmup is longer than the run',
  severity: 'warning',
  reads: '`warmup_steps` or `warmup_ratio` against the total of optimizer steps',
  why:
    'The run ends while the learning rate still rises: the peak is never reached, and there is no decay. Often the total shrank (more GPUs, ' +
    'a larger batch) while the warmup stayed the same number of steps.',
  fix: 'state the warmup as a share of the run, or use fewer steps',
  thread: 'https://github.com/pytorch/torchtitan/pull/950',
  check(job) {
    const { lr_scheduler_type: type, warmup_steps: steps, warmup_ratio: ratio } = job.training;
    const counts = countsOf(job);
    const [warmup, total] = [counts?.warmup.value ?? null, counts?.total.value ?? null];
    const stated = steps ?? ratio;
    if (
      !stated ||
      ['constant', 'reduce_lr_on_plateau', 'greedy'].includes(type?.value ?? '') ||
      warmup === null ||
      total === null ||
      total === 0 ||
      warmup <= total
    )
      return [];
    return [
      {
        message: `the warmup of ${warmup} steps is longer than the run of ${total}`,
        asked: `${type?.value ?? 'a schedule'} with a warmup of ${warmup} steps`,
        wouldRun: `a rise to ${Number(((100 * (total - 1)) / warmup).toFixed(1))} % of the peak`,
        evidence: [inCommand(stated, `the run has ${total} optimizer steps`)],
      },
    ];
  },
};
