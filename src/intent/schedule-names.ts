import type { Job } from '../job/job.ts';
import { nearest } from '../nearest.ts';
import { transformers } from '../schedule/transformers.ts';

/** Names of schedules that a front-end adds to transformers' (axolotl 0.19.0, utils/schemas/training.py). */
const ownNames: Readonly<Record<string, readonly string[]>> = { axolotl: ['one_cycle', 'rex'] };

/** The known values of `lr_scheduler_type`. */
export function scheduleNames({ frontEnd }: Pick<Job, 'frontEnd'>): string[] {
  const own = frontEnd === undefined ? [] : (ownNames[frontEnd] ?? []);
  return [...transformers.schedules.map(({ name }) => name), ...own];
}

/** Returns whether a front-end, or a script that builds its schedule itself, may have schedules that are not known here. */
export function mayHaveOthers({ frontEnd, scriptText = '' }: Pick<Job, 'frontEnd' | 'scriptText'>): boolean {
  if (frontEnd !== undefined || /\bdef create_scheduler\b/.test(scriptText)) return true;
  return (
    /\blr_scheduler_type\b/.test(scriptText) &&
    !/SchedulerType|TrainingArguments|get_scheduler/.test(scriptText)
  );
}

/** Known names close to an unknown one, which is then probably a typing error. */
export function meantNames(job: Pick<Job, 'frontEnd' | 'scriptText'>, name: string): string[] {
  const names = scheduleNames(job);
  return names.includes(name) ? [] : nearest(name, names);
}
