import type { Job } from '../job/job.ts';
import type { Stated } from '../job/training-arguments.ts';
import type { PartialFinding } from './finding.ts';
import { configValue, inCommand, inConfig, trainerFills } from './read.ts';

/** One value of the DeepSpeed config that transformers compares with a training argument. */
export interface Pair {
  path: readonly string[];
  /** What the command states. Undefined: nothing, so the script's own default applies, which is not known here. */
  stated: Stated<unknown> | undefined;
  /** What the config must hold. */
  wanted: unknown;
}

/**
 * Values that differ (transformers/integrations/deepspeed.py, fill_match): "auto" and null are not compared, and the run ends after the
 * model has been loaded. Only values that the command states are compared here.
 */
export function mismatches(job: Job, pairs: readonly Pair[]): PartialFinding[] {
  if (!trainerFills(job)) return [];
  const differing = pairs.filter(({ path, stated, wanted }) => {
    const value = configValue(job, path);
    if (!stated || value === undefined || value === null || value === 'auto' || wanted === undefined)
      return false;
    return JSON.stringify(value) !== JSON.stringify(wanted);
  });
  return differing.map(({ path, stated, wanted }) => ({
    message: `${path.join('.')} is ${JSON.stringify(configValue(job, path))} in the DeepSpeed config and ${JSON.stringify(wanted)} in the command: the Trainer refuses to start`,
    evidence: [
      inConfig(job, path, 'is compared after the model has been loaded'),
      ...(stated ? [inCommand(stated, 'differs')] : []),
    ],
    repairs:
      job.deepspeed && job.deepspeed.path !== '--deepspeed'
        ? [{ remedy: 'auto', edits: [{ file: job.deepspeed.path, path, value: 'auto' }] }]
        : [],
  }));
}

export const mismatchPage = {
  severity: 'error',
  why:
    'transformers compares 13 values of the DeepSpeed config with its own arguments, but only inside train(): after queueing and after loading the data and ' +
    'the model. The run then ends with "Please correct the following DeepSpeed config values that mismatch TrainingArguments values".',
  fix: 'write "auto" in the DeepSpeed config, so that the value is stated once',
  thread: 'https://github.com/huggingface/transformers/issues/24359',
} as const;
