import type { CurveSpec } from '../schedule/schedule.ts';
import type { Job } from './job.ts';

/** A DeepSpeed config's scheduler block, as far as its shape is right. */
export interface SchedulerBlock {
  type: string;
  params: Record<string, unknown>;
}

/** The `scheduler` of the job's DeepSpeed config; undefined when there is none that DeepSpeed would build. */
export function schedulerBlock({ deepspeed }: Pick<Job, 'deepspeed'>): SchedulerBlock | undefined {
  const { type, params } = asRecord(deepspeed?.value.scheduler);
  return typeof type === 'string' ? { type, params: asRecord(params) } : undefined;
}

/** What DeepSpeed's optimizers take when the config's params have no lr. */
const DEEPSPEED_DEFAULT_LR = 1e-3;

/** The learning rate that the optimizer starts with: the config's own, or `asked` ("auto" is filled with it). */
export function optimizerLr(
  { deepspeed }: Pick<Job, 'deepspeed'>,
  asked: number | undefined,
): number | undefined {
  const block = deepspeed?.value.optimizer;
  if (block === undefined || block === null) return asked;
  const { lr = DEEPSPEED_DEFAULT_LR } = asRecord(asRecord(block).params);
  return typeof lr === 'number' ? lr : asked;
}

/** The peak that a Warmup* block reaches. WarmupDecayLR has a default of its own and never looks at the optimizer. */
export function peakOf({ type, params }: SchedulerBlock, lr: number | undefined): number | undefined {
  if (type === 'WarmupCosineLR') return lr;
  const given = params.warmup_max_lr;
  if (typeof given === 'number') return given;
  return type === 'WarmupDecayLR' && given === undefined ? 1e-3 : lr;
}

/**
 * The curve that the block makes of the run, with "auto" filled in as transformers fills it. May be one that DeepSpeed
 * refuses: asking for the curve then throws.
 */
export function blockSpec(
  job: Job,
  block: SchedulerBlock,
  run: { lr: number; warmup: number; total: number },
): CurveSpec {
  const filled: Record<string, unknown> = {
    warmup_min_lr: 0,
    warmup_max_lr: run.lr,
    warmup_num_steps: Math.max(1, run.warmup),
    total_num_steps: run.total,
  };
  const params = Object.entries(block.params).map(([key, value]) => [
    key,
    value === 'auto' ? (filled[key] ?? value) : value,
  ]);
  return {
    lib: 'deepspeed',
    scheduler: block.type,
    params: Object.fromEntries(params) as Record<string, unknown>,
    lr0: optimizerLr(job, run.lr) ?? run.lr,
  };
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
