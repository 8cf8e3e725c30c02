import type { Job } from '../job/job.ts';
import { nearest } from '../nearest.ts';
import { transformers } from '../schedule/transformers.ts';

/** Names of schedules that a front-end has beside transformers' (axolotl 0.19.0, utils/schemas/training.py). */
const ownNames: Readonly<Record<string, readonly string[]>> = { axolotl: ['one_cycle', 'rex'] };

/** The names that `lr_scheduler_type` may have, as far as they are known. */
export function scheduleNames({ frontEnd }: Pick<Job, 'frontEnd'>): string[] {
  const own = frontEnd === undefined ? [] : (ownNames[frontEnd] ?? []);
  return [...transformers.schedules.map(({ name }) => name), ...own];
}

/** Whether a front-end, or a script that makes its schedule itself, may have schedules that are not known here. */
export function mayHaveOthers({ frontEnd, scriptText = '' }: Pick<Job, 'frontEnd' | 'scriptText'>): boolean {
  if (frontEnd !== undefined || /\bdef create_scheduler\b/.test(scriptText)) return true;
  return (
    /\blr_scheduler_type\b/.test(scriptText) &&
    !/SchedulerType|TrainingArguments|get_scheduler/.test(scriptText)
  );
}

/** Known names that are nearly this one, where it is none of them: a typing error, whoever else may have schedules. */
export function meantNames(job: Pick<Job, 'frontEnd' | 'scriptText'>, name: string): string[] {
  const names = scheduleNames(job);
  return names.includes(name) ? [] : nearest(name, names);
}
