import type { Rule } from './finding.ts';
import { atLeast, configValue, inCommand, inConfig, trainerFills } from './read.ts';

/** transformers 5.2.0 to 5.23.0: the schedule reads the defaults of the prepared optimizer (accelerate/optimizer.py). */
export const minLrUnderZero: Rule = {
  id: 'min-lr-under-zero',
  title: 'polynomial and min_lr crash under ZeRO in transformers 5.2 to 5.23',
  severity: 'error',
  reads: '`lr_scheduler_type`, `lr_scheduler_kwargs`, the DeepSpeed config and the installed transformers',
  why:
    'These schedules read optimizer.defaults["lr"], and since 5.2 the scheduler is built after DeepSpeed has wrapped the optimizer: ' +
    '"DeepSpeedZeroOptimizer has no attribute defaults". A DeepSpeed config with an "optimizer" block does not have this problem, and ' +
    'neither has min_lr_rate.',
  fix: 'use min_lr_rate (the floor as a share of the peak) instead of min_lr, or add an "optimizer" block to the DeepSpeed config',
  check(job) {
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs } = job.training;
    const stage = configValue(job, ['zero_optimization', 'stage']);
    if (!type || !trainerFills(job) || configValue(job, ['optimizer']) || configValue(job, ['scheduler']))
      return [];
    if (typeof stage !== 'number' || stage < 1) return [];
    const affected =
      type.value === 'polynomial' ||
      (/^cosine_(warmup_)?with_min_lr$/.test(type.value) && kwargs?.value.min_lr !== undefined);
    if (
      !affected ||
      atLeast(job, 'transformers', '5.2.0') !== true ||
      atLeast(job, 'transformers', '5.23.1') !== false
    )
      return [];
    return [
      {
        message: `${type.value} cannot be built under ZeRO stage ${stage} by transformers ${job.versions.transformers}`,
        evidence: [
          inCommand(kwargs && type.value !== 'polynomial' ? kwargs : type, "needs the optimizer's defaults"),
          inConfig(job, ['zero_optimization', 'stage'], 'wraps the optimizer in an object without defaults'),
        ],
      },
    ];
  },
};
