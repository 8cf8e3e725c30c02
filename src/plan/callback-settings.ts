import type { CallbackSettings, Expect } from '../contract/settings.ts';
import { countJobSteps, versionsFor, worldSizeOf } from '../job/count-job-steps.ts';
import { groupRates } from '../job/group-rates.ts';
import type { Job } from '../job/job.ts';
import { batchingOf } from '../job/trainer.ts';
import type { StepCounts } from '../schedule/steps.ts';
import { has } from '../schedule/versions.ts';

export interface CallbackOptions {
  holdSteps: number | 'auto';
  projection: boolean;
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  startStep?: number | undefined;
}

/** What every rank needs to judge its own learning rate: what the command states, the curve of --expect, and how long to hold. */
export function callbackSettings(
  job: Job,
  options: CallbackOptions,
  expect: readonly Expect[],
): CallbackSettings {
  const { lr_scheduler_type, learning_rate, max_steps } = job.training;
  const steps = countJobSteps(job);
  return {
    projection: options.projection,
    on_mismatch: options.onMismatch,
    start_step: options.startStep ?? null,
    after_release: options.afterRelease,
    hold: options.holdSteps,
    updates_per_epoch: steps.updatesPerEpoch.value,
    asked_on_command_line: lr_scheduler_type !== undefined,
    stated: {
      ...(lr_scheduler_type && { lr_scheduler_type: statedOf(lr_scheduler_type) }),
      ...(learning_rate && { learning_rate: statedOf(learning_rate) }),
      ...(max_steps && { max_steps: statedOf(max_steps) }),
      group_rates: groupRates(job.settings).map(({ rate, text }) => ({ value: rate, text })),
    },
    counted: countedOf(job, steps),
    expect,
  };
}

function statedOf<T>({ value, text }: { value: T; text: string }): { value: T; text: string } {
  return { value, text };
}

/** The total number of steps from --samples, for a trainer that uses one row after the other; null if only the run knows it. */
function countedOf(job: Job, { total }: StepCounts): CallbackSettings['counted'] {
  const { training, defaults, samples } = job;
  const worldSize = worldSizeOf(job);
  const { generation, packing, unknown, leavesOut } = batchingOf(job);
  if (samples === undefined || worldSize === undefined || total.value === null) return null;
  if (training.max_steps || generation || packing || unknown || leavesOut) return null;
  return {
    samples,
    total: total.value,
    from: total.from,
    updates_rounded_up: has(versionsFor(job), 'updates-ceil'),
    arguments: {
      per_device_train_batch_size:
        training.per_device_train_batch_size?.value ?? defaults.per_device_train_batch_size,
      gradient_accumulation_steps:
        training.gradient_accumulation_steps?.value ?? defaults.gradient_accumulation_steps,
      world_size: worldSize,
      num_train_epochs: training.num_train_epochs?.value ?? defaults.num_train_epochs,
      dataloader_drop_last: training.dataloader_drop_last?.value ?? false,
    },
  };
}
