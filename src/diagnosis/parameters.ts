import { namesOf } from '../schedule/families.ts';
import type { CurveSpec, ParameterNames } from '../schedule/schedule.ts';
import { FITTED } from './fitted.ts';

/** What `fit` calls the arguments of a schedule that it has recognised in values. */
const fittedNames: ParameterNames = {
  warmup: ['num_warmup_steps'],
  total: ['num_training_steps'],
  floor: ['min_lr'],
};

type Meaning = 'warmup' | 'total' | 'floor';

/** The names of a schedule's arguments with this meaning, those that it is given. */
export function namesIn(spec: CurveSpec, meaning: Meaning): string[] {
  return ((spec.lib === FITTED ? fittedNames : namesOf(spec))[meaning] ?? []).filter(
    (name) => typeof spec.params[name] === 'number',
  );
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
