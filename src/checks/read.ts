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

/** Evidence in the DeepSpeed config, with the line that it stands in. */
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

/** Evidence in what the command or one of its files states. */
export function inCommand({ text, location, line }: Omit<Stated<unknown>, 'value'>, means: string): Evidence {
  return { text, means, ...(location ? { location } : {}), ...(line === undefined ? {} : { line }) };
}

/** The DeepSpeed config's entry at a path, as a value. */
export function configValue({ deepspeed }: Pick<Job, 'deepspeed'>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => asRecord(value)[key], deepspeed?.value);
}

/** Whether the script drives DeepSpeed itself, so that no Trainer fills or compares anything. */
export function drivesDeepSpeed({ training }: Pick<Job, 'training'>): boolean {
  return training.deepspeed?.text.startsWith('--deepspeed_config') === true;
}

/** Whether transformers' Trainer fills the DeepSpeed config's "auto" and compares its numbers. */
export function trainerFills(job: Job): boolean {
  if (!job.deepspeed || drivesDeepSpeed(job)) return false;
  // A config that accelerate names reaches a Trainer only where the script has one.
  return job.training.deepspeed !== undefined || /\bTrainer\b|\bSFTConfig\b/.test(job.scriptText ?? '');
}

/** Whether every option must be one of the script's dataclasses: what HfArgumentParser demands. */
export function parsesStrictly({ scriptText = '', frontEnd }: Job): boolean {
  if (frontEnd !== undefined || !/\b(HfArgumentParser|TrlParser)\b/.test(scriptText)) return false;
  return !/return_remaining_strings|parse_known_args|allow_extra_keys/.test(scriptText);
}

/** Whether a name stands anywhere in the script's text: it may declare it, or set it itself. */
export function scriptMentions({ scriptText = '' }: Job, name: string): boolean {
  return /^\w+$/.test(name) ? new RegExp(`\\b${name}\\b`).test(scriptText) : scriptText.includes(name);
}

/** The scheduler block, where the command does not say which schedule is wanted instead. */
export function undeclaredBlock(job: Job): SchedulerBlock | undefined {
  return job.training.lr_scheduler_type ? undefined : schedulerBlock(job);
}

export function isWarmup({ type }: SchedulerBlock): boolean {
  return ['WarmupLR', 'WarmupDecayLR', 'WarmupCosineLR'].includes(type);
}

/** Whether the library's version is known and at least `since`; undefined when it is not known. */
export function atLeast({ versions }: Job, library: keyof Versions, since: string): boolean | undefined {
  const version = versions[library];
  return version === undefined ? undefined : compareVersions(version, since) >= 0;
}

/** The schedule that the command asks for, with the run's numbers; `nominal` where the total is not known. */
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

/** The job's step arithmetic; undefined where the Trainer would refuse it. */
export function countsOf(job: Job): ReturnType<typeof countJobSteps> | undefined {
  return refusalOf(() => countJobSteps(job)).value;
}

/** A value, or the error with which it is refused. */
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
