import { countJobSteps } from './count-job-steps.ts';
import type { Job } from './job.ts';
import { optimizerLr, peakOf, type SchedulerBlock } from './scheduler-block.ts';

/** DeepSpeed's schedule of the same family, by transformers' name (DESIGN rule 7); the callback's expected.py has the same table. */
export const sameFamily: Readonly<Record<string, string>> = {
  cosine: 'WarmupCosineLR',
  linear: 'WarmupDecayLR',
  constant_with_warmup: 'WarmupLR',
};

/** A number of a DeepSpeed block that differs from the requested schedule: the block's value and the requested one. */
export interface OtherNumber {
  of: 'peak' | 'warmup' | 'total';
  inBlock: number;
  asked: number;
  /** Where the requested number comes from: the text of an argument, or how the total was computed. */
  from: string;
}

/**
 * Returns whether the block runs the requested schedule: the same family with the same numbers, so that DeepSpeed's own curve is the
 * expected one. The callback makes the same decision in the rank (expected.py, same_family).
 */
export function standsIn(job: Job, block: SchedulerBlock): boolean {
  return isSameFamily(job, block) && !ownCycles(job) && otherNumbers(job, block).length === 0;
}

export function isSameFamily({ training }: Pick<Job, 'training'>, { type }: SchedulerBlock): boolean {
  const asked = training.lr_scheduler_type?.value;
  return asked !== undefined && sameFamily[asked] === type;
}

/** Returns whether the cosine has more or less than half a wave: DeepSpeed has no counterpart for that. */
export function ownCycles({ training }: Pick<Job, 'training'>): boolean {
  const cycles = training.lr_scheduler_kwargs?.value.num_cycles;
  return training.lr_scheduler_type?.value === 'cosine' && cycles !== undefined && cycles !== 0.5;
}

/** Numbers of the block that differ from the command, as far as both are known before the run. */
export function otherNumbers(job: Job, block: SchedulerBlock): OtherNumber[] {
  const { learning_rate: lr, warmup_steps, warmup_ratio } = job.training;
  const { warmup, total } = countJobSteps(job);
  const peak = peakOf(block, optimizerLr(job, lr?.value));
  const { warmup_num_steps: steps = DEFAULT_WARMUP_STEPS, total_num_steps: end } = block.params;
  const found: OtherNumber[] = [];
  if (lr && peak !== undefined && peak !== lr.value) {
    found.push({ of: 'peak', inBlock: peak, asked: lr.value, from: lr.text });
  }
  const stated = warmup_steps ?? warmup_ratio;
  if (typeof steps === 'number' && stated && warmup.value !== null && steps !== Math.max(1, warmup.value)) {
    found.push({ of: 'warmup', inBlock: steps, asked: warmup.value, from: stated.text });
  }
  if (typeof end === 'number' && total.value !== null && end !== total.value) {
    found.push({ of: 'total', inBlock: end, asked: total.value, from: total.from });
  }
  return found;
}

/** DeepSpeed's default if the block does not set a warmup (deepspeed 0.19.8, runtime/lr_schedules.py). */
const DEFAULT_WARMUP_STEPS = 1000;
