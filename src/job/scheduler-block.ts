import type { CurveSpec } from '../schedule/schedule.ts';
import type { Job } from './job.ts';

/** A DeepSpeed config's scheduler block, as far as it has the right shape. */
export interface SchedulerBlock {
  type: string;
  params: Record<string, unknown>;
}

/** The `scheduler` of the job's DeepSpeed config; undefined if there is none that DeepSpeed would build. */
export function schedulerBlock({ deepspeed }: Pick<Job, 'deepspeed'>): SchedulerBlock | undefined {
  const { type, params } = asRecord(deepspeed?.value.scheduler);
  return typeof type === 'string' ? { type, params: asRecord(params) } : undefined;
}

/** The default of DeepSpeed's optimizers if the config's params have no lr. */
const DEEPSPEED_DEFAULT_LR = 1e-3;

/** The initial learning rate of the optimizer: the config's own, or `asked` (which fills in "auto"). */
export function optimizerLr(
  { deepspeed }: Pick<Job, 'deepspeed'>,
  asked: number | undefined,
): number | undefined {
  const block = deepspeed?.value.optimizer;
  if (block === undefined || block === null) return asked;
  const { lr = DEEPSPEED_DEFAULT_LR } = asRecord(asRecord(block).params);
  return typeof lr === 'number' ? lr : asked;
}

/** The peak of a Warmup* block. WarmupDecayLR has its own default and does not read the optimizer's lr. */
export function peakOf({ type, params }: SchedulerBlock, lr: number | undefined): number | undefined {
  if (type === 'WarmupCosineLR') return lr;
  const given = params.warmup_max_lr;
  if (typeof given === 'number') return given;
  return type === 'WarmupDecayLR' && given === undefined ? 1e-3 : lr;
}

/**
 * The curve of the block, with "auto" filled in as transformers does. It may be one that DeepSpeed
 * refuses: computing the curve then throws.
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
