import { accelerate } from './accelerate.ts';
import { axolotl } from './axolotl.ts';
import { composer } from './composer.ts';
import { deepspeed } from './deepspeed.ts';
import { findIn } from './find.ts';
import { lightning } from './lightning.ts';
import { megatron } from './megatron.ts';
import { nemo } from './nemo.ts';
import { openInstruct } from './open-instruct.ts';
import type { CurveSpec, Family, ParameterNames, ScheduleDefinition } from './schedule.ts';
import { torch } from './torch.ts';
import { torchtitan } from './torchtitan.ts';
import { torchtune } from './torchtune.ts';
import { transformers } from './transformers.ts';

/** Every family. To add one, write its file and add a line here. */
export const families: readonly Family[] = [
  transformers,
  deepspeed,
  torch,
  accelerate,
  megatron,
  nemo,
  torchtitan,
  torchtune,
  composer,
  lightning,
  axolotl,
  openInstruct,
];

/** What a schedule's own arguments are called; nothing is known of a schedule that is in no family. */
export function namesOf({ lib, scheduler }: Pick<CurveSpec, 'lib' | 'scheduler'>): ParameterNames {
  const family = families.find(({ name, aliases }) => name === lib || aliases.includes(lib));
  return family?.schedules.find(({ name }) => name === scheduler)?.names ?? {};
}

/** The family and the schedule with these names. */
export function findSchedule(
  lib: string,
  scheduler: string,
): { family: Family; schedule: ScheduleDefinition } {
  return findIn(families, lib, scheduler);
}
