import { versionsFor } from '../job/count-job-steps.ts';
import { blockSpec, schedulerBlock } from '../job/scheduler-block.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { Rule } from './finding.ts';
import { countsOf, inConfig, refusalOf, trainerFills } from './read.ts';

/** Only DeepSpeed's own schedulers: the arguments of torch's change with the version of torch. */
const own = ['WarmupLR', 'WarmupDecayLR', 'WarmupCosineLR', 'OneCycle', 'LRRangeTest'];

/** What the constructor refuses, found by building the schedule in src/schedule from the block. */
export const deepspeedSchedulerArguments: Rule = {
  id: 'deepspeed-scheduler-arguments',
  title: "DeepSpeed's scheduler refuses these arguments",
  severity: 'error',
  reads: 'every key of `scheduler.params`',
  why:
    'The block is passed to the scheduler as keyword arguments: an unknown argument ("total_num_steps" on WarmupLR, ' +
    '"warmup_max_lr" on WarmupCosineLR) or a missing one ("total_num_steps" on WarmupDecayLR) ends the run after the model has ' +
    'been loaded and sharded.',
  fix: 'remove the unknown argument, or add the missing one',
  thread: 'https://github.com/huggingface/transformers/issues/24359',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || !own.includes(block.type)) return [];
    const filled = trainerFills(job);
    const params = Object.values(block.params);
    // An "auto" that nothing fills in is reported by the two deepspeed-auto rules.
    if (!filled && params.includes('auto')) return [];
    const counts = countsOf(job);
    const run = {
      lr: job.training.learning_rate?.value ?? job.defaults.learning_rate,
      warmup: counts?.warmup.value ?? 1,
      total: counts?.total.value ?? 1000,
    };
    const spec = blockSpec(job, block, run);
    if (Object.values(spec.params).includes('auto')) return [];
    const { error } = refusalOf(() => libraryCurve(spec, versionsFor(job)));
    if (!error || error.code === 'unknown-schedule' || error.code === 'not-predictable') return [];
    if (/must be a positive integer/.test(error.message)) return [];
    const key = /'(\w+)'/.exec(error.message)?.[1] ?? '';
    const path = ['scheduler', 'params', key];
    return [
      {
        message: `DeepSpeed refuses the scheduler: ${error.message.replace(/^deepspeed:/, '')}`,
        evidence: [
          job.deepspeed?.locate(path)
            ? inConfig(job, path, 'is refused')
            : inConfig(job, ['scheduler', 'type'], 'cannot be built from these params'),
        ],
        ...(error.hint ? { fix: [error.hint] } : {}),
      },
    ];
  },
};
