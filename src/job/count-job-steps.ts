import type { Versions } from '../schedule/schedule.ts';
import { countSteps, type StepCounts } from '../schedule/steps.ts';
import { has } from '../schedule/versions.ts';
import type { Job } from './job.ts';
import { batchingOf } from './trainer.ts';

/**
 * The library versions for which the command is written. `--warmup_ratio` implies a transformers older than 5.15, which no longer
 * accepts it; 4.57 and 5.0 to 5.14 compute the same number of steps from it.
 */
export function versionsFor({ training, versions }: Pick<Job, 'training' | 'versions'>): Versions {
  const refused = training.warmup_ratio && has(versions, 'warmup-ratio-removed');
  return refused ? { ...versions, transformers: '4.57.6' } : versions;
}

/** Ranks of the whole job; undefined if only the launcher will count them. */
export function worldSizeOf({ nodes }: Pick<Job, 'nodes'>): number | undefined {
  const ranks = nodes.reduce((sum, { slots }) => sum + slots.length, 0);
  return nodes.some(({ slots }) => slots.length === 0) ? undefined : ranks;
}

/**
 * Computes the job's step counts, with the library's defaults for what the command does not state.
 *
 * @throws RampcheckError if the Trainer itself would refuse the numbers.
 */
export function countJobSteps(
  job: Pick<
    Job,
    | 'training'
    | 'nodes'
    | 'samples'
    | 'versions'
    | 'defaults'
    | 'settings'
    | 'frontEnd'
    | 'scriptText'
    | 'command'
  >,
): StepCounts {
  const { training, samples, defaults } = job;
  const { packing, unknown, generation } = batchingOf(job);
  return countSteps(
    {
      samples,
      perDeviceBatch: training.per_device_train_batch_size?.value ?? defaults.per_device_train_batch_size,
      accumulation: training.gradient_accumulation_steps?.value ?? defaults.gradient_accumulation_steps,
      worldSize: worldSizeOf(job),
      epochs: training.num_train_epochs?.value ?? defaults.num_train_epochs,
      maxSteps: training.max_steps?.value,
      warmupSteps: training.warmup_steps?.value,
      warmupRatio: training.warmup_ratio?.value,
      dropLast: training.dataloader_drop_last?.value,
      packing,
      unknownBatches: unknown,
      generation,
    },
    versionsFor(job),
  );
}
