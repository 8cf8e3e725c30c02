import { peakOf, type SchedulerBlock } from '../job/scheduler-block.ts';
import type { TrainingArguments } from '../job/training-arguments.ts';
import { exactRate } from '../rate.ts';

/** "cosine, warmup 1 %, peak 1e-5": the requested schedule in one line. */
export function askedWords(training: TrainingArguments): string {
  const { lr_scheduler_type: type, warmup_steps: steps, warmup_ratio: ratio, learning_rate: lr } = training;
  const share = ratio?.value ?? steps?.value;
  const warmup = !share
    ? 'no warmup'
    : share < 1 || ratio
      ? `warmup ${percent(share)}`
      : `warmup ${Math.trunc(share)} steps`;
  return [
    type?.value ?? 'the schedule declared in the script',
    ...(type || steps || ratio ? [warmup] : []),
    ...(lr ? [`peak ${exactRate(lr.value)}`] : []),
  ].join(', ');
}

/** "WarmupLR: log warmup, then flat at 1e-5 to the end": the schedule of a DeepSpeed block in one line. */
export function wouldRunWords({ type, params }: SchedulerBlock, lr: number | undefined): string {
  const peak = peakOf({ type, params }, lr);
  const at = peak === undefined ? 'the peak' : exactRate(peak);
  const steps = params.warmup_num_steps ?? 1000;
  const over =
    typeof steps === 'number'
      ? ` over ${steps} steps${'warmup_num_steps' in params ? '' : " (DeepSpeed's default)"}`
      : '';
  const warmup = `${warmupTypeOf(params)} warmup${over}`;
  switch (type) {
    case 'WarmupLR':
      return `WarmupLR: ${warmup}, then flat at ${at} to the end`;
    case 'WarmupDecayLR':
      return `WarmupDecayLR: ${warmup} to ${at}, then a linear decay`;
    case 'WarmupCosineLR':
      return `WarmupCosineLR: ${warmup} to ${at}, then a cosine down to ${percent(numberOr(params.cos_min_ratio, 1e-4))} of it`;
    case 'OneCycle':
      return `OneCycle: up from ${numberWords(params.cycle_min_lr)} to ${numberWords(params.cycle_max_lr)} and back, with its own step counts`;
    case 'LRRangeTest':
      return `LRRangeTest: rises from ${exactRate(numberOr(params.lr_range_test_min_lr, 1e-3))} without end`;
    default:
      return `${type}, with its own parameters`;
  }
}

/** `log` unless the block sets `linear`: DeepSpeed treats any other word as `log`. */
export function warmupTypeOf(params: Record<string, unknown>): 'log' | 'linear' {
  return params.warmup_type === 'linear' ? 'linear' : 'log';
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function numberWords(value: unknown): string {
  return typeof value === 'number' ? exactRate(value) : 'its lowest rate';
}
