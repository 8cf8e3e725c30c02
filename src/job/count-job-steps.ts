import type { Versions } from '../schedule/schedule.ts';
import { countSteps, type StepCounts } from '../schedule/steps.ts';
import type { Job } from './job.ts';

/**
 * The versions whose rules the command is written for. `--warmup_ratio` says: older than transformers 5.15, which no longer
 * takes it; 4.57 and 5.0 to 5.14 make the same number of steps of it.
 */
export function versionsFor({ training }: Pick<Job, 'training'>): Versions {
  return training.warmup_ratio ? { transformers: '4.57.6' } : {};
}

/** Ranks of the whole job; undefined where only the launcher will count them. */
export function worldSizeOf({ nodes }: Pick<Job, 'nodes'>): number | undefined {
  const ranks = nodes.reduce((sum, { slots }) => sum + slots.length, 0);
  return nodes.some(({ slots }) => slots.length === 0) ? undefined : ranks;
}

/**
 * The job's step arithmetic, with the library's defaults where the command is silent.
 *
 * @throws RampcheckError where the Trainer itself would refuse the numbers.
 */
export function countJobSteps(job: Pick<Job, 'training' | 'nodes' | 'samples'>): StepCounts {
  const { training, samples } = job;
  return countSteps(
    {
      samples,
      perDeviceBatch: training.per_device_train_batch_size?.value,
      accumulation: training.gradient_accumulation_steps?.value,
      worldSize: worldSizeOf(job),
      epochs: training.num_train_epochs?.value,
      maxSteps: training.max_steps?.value,
      warmupSteps: training.warmup_steps?.value,
      warmupRatio: training.warmup_ratio?.value,
      dropLast: training.dataloader_drop_last?.value,
    },
    versionsFor(job),
  );
}
