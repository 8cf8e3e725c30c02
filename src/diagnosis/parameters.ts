import type { CurveSpec } from '../schedule/schedule.ts';

/** The names that different schedules use for arguments with the same meaning. */
const names = {
  total: [
    'num_training_steps',
    'total_num_steps',
    'total_steps',
    'T_max',
    'max_steps',
    'lr_decay_steps',
    'total_iters',
  ],
  warmup: ['num_warmup_steps', 'warmup_num_steps', 'warmup_steps', 'lr_warmup_steps'],
  floor: [
    'min_lr',
    'min_lr_rate',
    'min_lr_ratio',
    'min_lr_factor',
    'lr_end',
    'eta_min',
    'warmup_min_lr',
    'warmup_min_ratio',
    'cos_min_ratio',
  ],
} as const;

type Meaning = keyof typeof names;

/** The names of a schedule's arguments with this meaning. */
export function namesIn({ params }: CurveSpec, meaning: Meaning): string[] {
  return names[meaning].filter((name) => typeof params[name] === 'number');
}

export function argument(spec: CurveSpec, meaning: Meaning): number | undefined {
  const [name] = namesIn(spec, meaning);
  return name === undefined ? undefined : (spec.params[name] as number);
}

/** Different values for some of a schedule's arguments, under the schedule's own names. */
export function changesTo(spec: CurveSpec, values: Partial<Record<Meaning, number>>): Record<string, number> {
  const changes: Record<string, number> = {};
  for (const [meaning, value] of Object.entries(values)) {
    for (const name of namesIn(spec, meaning as Meaning)) changes[name] = value;
  }
  return changes;
}

/** The same schedule with different values for some of its arguments. */
export function withValues(spec: CurveSpec, values: Partial<Record<Meaning, number>>): CurveSpec {
  return { ...spec, params: { ...spec.params, ...changesTo(spec, values) } };
}
