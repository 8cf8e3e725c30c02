import { RampcheckError } from '../errors.ts';
import { lineAt } from '../files/structured-file.ts';
import { countJobSteps, versionsFor } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { asRecord, type SchedulerBlock, schedulerBlock } from '../job/scheduler-block.ts';
import type { Stated } from '../job/training-arguments.ts';
import type { CurveSpec, Versions } from '../schedule/schedule.ts';
import { compareVersions } from '../schedule/versions.ts';
import type { Evidence } from './finding.ts';

type Path = readonly (string | number)[];

/** Evidence in the DeepSpeed config, with the line that contains it. */
export function inConfig(
  { deepspeed }: Pick<Job, 'deepspeed'>,
  path: Path,
  means: string,
  text?: string,
): Evidence {
  const shown = text ?? entryText(deepspeed?.source(path), path);
  const location = deepspeed?.locate(path);
  if (!deepspeed || !location) return { text: shown, means };
  return { location, text: shown, means, line: lineAt(deepspeed, location) };
}

function entryText(source: string | undefined, path: Path): string {
  const value = source === undefined || source.length > 40 || source.includes('\n') ? '…' : source;
  return `"${path.at(-1)}": ${value}`;
}

/** Evidence in the command or in one of its files. */
export function inCommand({ text, location, line }: Omit<Stated<unknown>, 'value'>, means: string): Evidence {
  return { text, means, ...(location ? { location } : {}), ...(line === undefined ? {} : { line }) };
}

/** The value at a path of the DeepSpeed config. */
export function configValue({ deepspeed }: Pick<Job, 'deepspeed'>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => asRecord(value)[key], deepspeed?.value);
}

/** Returns whether the script calls DeepSpeed itself, so that no Trainer fills in or compares values. */
export function drivesDeepSpeed({ training }: Pick<Job, 'training'>): boolean {
  return training.deepspeed?.text.startsWith('--deepspeed_config') === true;
}

/** Returns whether transformers' Trainer fills in "auto" in the DeepSpeed config and compares its numbers. */
export function trainerFills(job: Job): boolean {
  if (!job.deepspeed || drivesDeepSpeed(job)) return false;
  // A config named in accelerate's own options reaches a Trainer only if the script uses one.
  return job.training.deepspeed !== undefined || /\bTrainer\b|\bSFTConfig\b/.test(job.scriptText ?? '');
}

/** Returns whether every option must be a field of the script's dataclasses, as HfArgumentParser demands. */
export function parsesStrictly({ scriptText = '', frontEnd }: Job): boolean {
  if (frontEnd !== undefined || !/\b(HfArgumentParser|TrlParser)\b/.test(scriptText)) return false;
  return !/return_remaining_strings|parse_known_args|allow_extra_keys/.test(scriptText);
}

/** Returns whether a name appears anywhere in the script: the script may declare it, or set it itself. */
export function scriptMentions({ scriptText = '' }: Job, name: string): boolean {
  return /^\w+$/.test(name) ? new RegExp(`\\b${name}\\b`).test(scriptText) : scriptText.includes(name);
}

/** The scheduler block, if the command does not request a schedule. */
export function undeclaredBlock(job: Job): SchedulerBlock | undefined {
  return job.training.lr_scheduler_type ? undefined : schedulerBlock(job);
}

export function isWarmup({ type }: SchedulerBlock): boolean {
  return ['WarmupLR', 'WarmupDecayLR', 'WarmupCosineLR'].includes(type);
}

/** Returns whether the library's version is at least `since`, or undefined if the version is not known. */
export function atLeast({ versions }: Job, library: keyof Versions, since: string): boolean | undefined {
  const version = versions[library];
  return version === undefined ? undefined : compareVersions(version, since) >= 0;
}

/** The schedule that the command requests, with the run's numbers; `nominal` if the total is not known. */
export function askedSpec(job: Job): { spec: CurveSpec; versions: Versions; nominal: boolean } | undefined {
  const { training, defaults } = job;
  const type = training.lr_scheduler_type?.value;
  const counts = countsOf(job);
  if (type === undefined || !counts) return undefined;
  const warmup = counts.warmup.value ?? 1;
  const total = counts.total.value ?? Math.max(1000, 10 * warmup);
  return {
    spec: {
      lib: 'transformers',
      scheduler: type,
      params: {
        num_warmup_steps: warmup,
        num_training_steps: total,
        ...training.lr_scheduler_kwargs?.value,
      },
      lr0: training.learning_rate?.value ?? defaults.learning_rate,
    },
    versions: versionsFor(job),
    nominal: counts.total.value === null || counts.warmup.value === null,
  };
}

/** The job's step arithmetic, or undefined if the Trainer would refuse it. */
export function countsOf(job: Job): ReturnType<typeof countJobSteps> | undefined {
  return refusalOf(() => countJobSteps(job)).value;
}

/** A value, or the error that refused it. */
export function refusalOf<Value>(
  make: () => Value,
): { value: Value; error?: undefined } | { value?: undefined; error: RampcheckError } {
  try {
    return { value: make() };
  } catch (error) {
    if (error instanceof RampcheckError) return { error };
    throw error;
  }
}
