import * as z from 'zod';
import { deepspeed } from './deepspeed.ts';
import { findIn } from './find.ts';
import type { Curve, Versions } from './schedule.ts';
import { torch } from './torch.ts';
import { transformers } from './transformers.ts';

/** A scheduler that another one wraps: `{"lib": "transformers", "scheduler": "cosine", "params": {…}}`. */
export const innerSchedule = z.strictObject({
  lib: z.string().default('torch'),
  scheduler: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});

export type InnerSchedule = z.output<typeof innerSchedule>;

/** The curve of the wrapped scheduler as a function of its own steps; with `atOnce` any step at once (ScheduleDefinition.vary). */
export function innerCurve(
  { lib, scheduler, params }: InnerSchedule,
  lr0: number,
  versions: Versions,
  atOnce = false,
): Curve {
  const { schedule } = findIn([transformers, torch, deepspeed], lib, scheduler);
  const variations = atOnce ? schedule.vary?.(params, lr0, versions) : undefined;
  return variations ? variations({}) : schedule.curve(params, lr0, versions);
}
