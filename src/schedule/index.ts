import { accelerate } from './accelerate.ts';
import { axolotl } from './axolotl.ts';
import { composer } from './composer.ts';
import { deepspeed } from './deepspeed.ts';
import { findIn } from './find.ts';
import { lightning } from './lightning.ts';
import { megatron } from './megatron.ts';
import { nemo } from './nemo.ts';
import { openInstruct } from './open-instruct.ts';
import { assertSane, assertWarmupEnds } from './sanity.ts';
import type { Curve, CurveSpec, Family, ScheduleDefinition, Variations, Versions } from './schedule.ts';
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

/**
 * The expected curve of a schedule: `curve(spec)(s)` is the learning rate that optimizer step `s` uses.
 *
 * @throws RampcheckError (exit 2) for an unknown schedule, for arguments that the library refuses, and for arguments
 * that make no sense (a warmup longer than the run, a peak of 0). The curve itself throws at a step where the
 * library raises: OneCycleLR past its total.
 */
export function curve(spec: CurveSpec, versions: Versions = {}): Curve {
  const lr = runnableCurve(spec, versions);
  assertWarmupEnds(spec);
  return lr;
}

/**
 * The same for a run that is asked for: a warmup longer than the run is what will run, and no reason to refuse it.
 *
 * @throws RampcheckError (exit 2) for everything else that `curve` refuses.
 */
export function runnableCurve(spec: CurveSpec, versions: Versions = {}): Curve {
  const { schedule } = findSchedule(spec.lib, spec.scheduler);
  assertSane(spec);
  return schedule.curve(spec.params, spec.lr0, versions);
}

/**
 * The library's curve for these arguments, sensible or not: to show what a faulty configuration would run.
 *
 * @throws RampcheckError (exit 2) only if the library itself raises.
 */
export function libraryCurve(spec: CurveSpec, versions: Versions = {}): Curve {
  return findSchedule(spec.lib, spec.scheduler).schedule.curve(spec.params, spec.lr0, versions);
}

/**
 * The curves of one schedule for other values of its numeric arguments, for a search among many of them.
 *
 * @throws RampcheckError as `libraryCurve` does.
 */
export function libraryVariations(spec: CurveSpec, versions: Versions = {}): Variations {
  const { schedule } = findSchedule(spec.lib, spec.scheduler);
  return (
    schedule.vary?.(spec.params, spec.lr0, versions) ??
    ((changes) => schedule.curve({ ...spec.params, ...changes }, spec.lr0, versions))
  );
}

/** The family and the schedule with these names. */
export function findSchedule(
  lib: string,
  scheduler: string,
): { family: Family; schedule: ScheduleDefinition } {
  return findIn(families, lib, scheduler);
}
