import { z } from 'zod';
import type { Versions } from '../schedule/schedule.ts';

/*
 * The events of a rank (src/node/inject/rampcheck_callback, one JSON object per event). Every rank decides for itself: `proven` and `parks`
 * are its decisions, and the state machine counts them. Fields that the machine and the verdict read are checked here; fields that only a diagnosis
 * reads are not checked, because a missing detail must not end a run.
 */

/** A learning rate. Python's NaN and Infinity arrive as null, because JSON has neither, and become NaN here. */
const rate = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.int().nonnegative();
/** The number of the optimizer, in the order of their first steps. */
const optimizer = count.default(0);
const common = { rank: count, time: z.number().optional() };

/** A learning rate that differs from the expected one: optimizer step, parameter group, both values. */
const difference = z.object({ step: count, group: count, expected: rate, actual: rate });
export type Difference = z.infer<typeof difference>;

/** The scheduler in force, its position, and what steps it from which lines. */
const inForce = z.object({
  class: z.string(),
  module: z.string(),
  stepped_by: z.string(),
  position: z.number().nullish(),
  stepped_at: z.array(z.string()).optional(),
  base_lrs: z.array(rate).nullish(),
  /** Its last values, per group. */
  last_lrs: z.array(rate).nullish(),
  /** It writes into copies of the optimizer's groups, so its values have no effect. */
  copies: z.boolean().optional(),
});
export type InForce = z.infer<typeof inForce>;
const unknownScheduler = { class: 'unknown', module: '', stepped_by: 'unknown' };

const spec = z.object({
  lib: z.string(),
  scheduler: z.string(),
  params: z.record(z.string(), z.unknown()),
  lr0: rate,
});

/** The fields of an event that a judge or a diagnosis reads. */
type About<T> = Omit<T, 'type' | 'rank' | 'time' | 'optimizer' | 'parks'> & { optimizer?: number };

/** Facts for a diagnosis only. */
const facts = <T>() => z.custom<T>(() => true);

/** The rank has connected; its Python may not have imported anything yet. */
const hello = z.object({ ...common, type: z.literal('hello'), pid: z.int(), world_size: count });

/** The requested schedule of an optimizer and the scheduler in force, before its first step. */
const declared = z.object({
  ...common,
  type: z.literal('declared'),
  optimizer,
  optimizer_class: facts<{ class: string; module: string } | undefined>().optional().catch(undefined),
  /** The source of the requested schedule: --expect, TrainingArguments or a DeepSpeed config. */
  source: z.string().optional().catch(undefined),
  asked: spec,
  /** The curve with which it compares itself; null with --expect, absent if there is no curve. */
  expected: spec.nullish().catch(undefined),
  /** Why there is no curve before the run (metric-driven schedules). */
  unpredictable: z.string().nullish().catch(undefined),
  /** Optimizer steps of the whole run; 0 if only the run itself knows. */
  total: count,
  total_known: z.boolean().optional().catch(undefined),
  start: count,
  /** Base learning rate of every parameter group when it was built. */
  base_lrs: z.array(rate),
  /** The learning rate of every group before the first step. */
  lrs: z.array(rate).optional().catch(undefined),
  /** True if a group holds its learning rate in a single-precision tensor. */
  float32: z.boolean().optional().catch(undefined),
  in_force: inForce.catch(unknownScheduler),
  deepspeed: facts<DeepSpeedFacts | null>(),
  versions: facts<Versions & { python?: string }>(),
  training: facts<Record<string, number | boolean | string | null>>(),
  /** [step, lr] of group 0 of the expected curve. */
  samples: z
    .array(z.tuple([count, rate]))
    .optional()
    .catch(undefined),
});
export type Declared = About<z.infer<typeof declared>>;

export interface DeepSpeedFacts {
  config: string | null;
  scheduler: string | null;
  scheduler_params: Record<string, unknown> | null;
  optimizer: string | null;
  optimizer_params?: Record<string, unknown> | null;
  zero_stage: number;
  /** True if the script passes its own scheduler to deepspeed.initialize, which then ignores the config's. */
  client_scheduler?: boolean;
  /** The parts of the config in force that affect learning rates and step counts. */
  in_force?: Record<string, unknown>;
}

/** The result of the projection. `available: false`: the scheduler cannot be copied. */
const projected = z.object({
  ...common,
  type: z.literal('projected'),
  optimizer,
  available: z.boolean(),
  why: z.string().optional().catch(undefined),
  max_deviation: rate.optional(),
  difference: difference.nullish(),
  samples: z
    .array(z.tuple([count, rate]))
    .optional()
    .catch(undefined),
  /** Optimizer steps compared so far; the rest of a very long run is compared between later steps. */
  steps: count.optional().catch(undefined),
  complete: z.boolean().optional().catch(undefined),
  /** How often the scheduler is stepped per update. */
  steps_per_update: z.number().nullish().catch(undefined),
  in_force: inForce.optional().catch(undefined),
});
export type Projected = About<z.infer<typeof projected>>;

/** How many optimizer steps it will compare, and the failure mode that needs the longest (src/schedule/hold.ts). */
const hold = z.object({
  ...common,
  type: z.literal('hold'),
  optimizer,
  steps: z.int().positive(),
  mode: z.string().optional().catch(undefined),
});

/** An update just before it is applied: the used and the expected rate of every group. */
const step = z.object({
  ...common,
  type: z.literal('step'),
  optimizer,
  step: count,
  lrs: z.array(rate),
  /** null if there is no expected value: after the end of the curve, or without a curve. */
  expected: z.array(rate).nullable(),
});

/** An update that overflow skipped; `skipped` counts them. */
const skipped = z.object({ ...common, type: z.literal('skipped'), optimizer, skipped: count });

/** How much of the future was projected when a training was proven. */
export const projections = ['none', 'partial', 'complete'] as const;
export type Projection = (typeof projections)[number];

/** An optimizer is proven. Sent once per training, while the run is held. */
const proven = z.object({
  ...common,
  type: z.literal('proven'),
  optimizer,
  steps: z.int().positive(),
  projection: z.enum(projections),
});

/** The rank waits to be stopped: its finding ends the run, whatever the launcher has done since. */
const parks = z.boolean();
const points = z.array(z.tuple([z.int(), rate, rate]));

const violation = z.object({
  ...common,
  type: z.literal('violation'),
  optimizer,
  parks,
  by: z.enum(['projection', 'observation']),
  /** The optimizer step before which it was detected. */
  step: count,
  difference,
  max_deviation: rate,
  /** [step, expected, actual] around the first difference. */
  window: points,
  /** The same at some steps up to the end of the curve, as far as it could be projected. */
  rest: points.optional().catch(undefined),
  /** What would follow if the scheduler were stepped once per update, as long as the real number is not known. */
  assumed: points.optional().catch(undefined),
  /** Updates that overflow had skipped by then. */
  skipped: count.optional().catch(undefined),
  /** The position of the scheduler: how often it has been stepped. */
  scheduler: z.number().nullish().catch(undefined),
  steps_per_update: z.number().nullish().catch(undefined),
  in_force: inForce.optional().catch(undefined),
});
export type Violation = About<z.infer<typeof violation>>;

/** The command or --expect contradicts what the script trains with. */
const contradiction = z.object({
  ...common,
  type: z.literal('contradiction'),
  optimizer,
  parks,
  id: z.string(),
  message: z.string(),
  fix: z.array(z.string()),
});

/** The callback failed. */
const fault = z.object({ ...common, type: z.literal('fault'), parks, traceback: z.string() });
/** An optimizer for which no schedule is declared. */
const undeclared = z.object({ ...common, type: z.literal('undeclared'), parks, why: z.string() });
/** An additional optimizer, which is not judged. */
const unjudged = z.object({ ...common, type: z.literal('unjudged'), why: z.string() });

/** The user's own uncaught exception. */
const error = z.object({
  ...common,
  type: z.literal('error'),
  time: z.number(),
  error: z.string(),
  traceback: z.string(),
});

/** A normal exit: the progress of every training, and its total (null: not known). */
const end = z.object({
  ...common,
  type: z.literal('end'),
  trainings: z.array(z.object({ optimizer: count, step: count, total: count.nullable() })).default([]),
});

const events = {
  hello,
  declared,
  projected,
  hold,
  step,
  skipped,
  proven,
  violation,
  contradiction,
  fault,
  undeclared,
  unjudged,
  error,
  end,
};

/** An event that no callback of this version sends: its type and its first invalid field. */
export interface InvalidEvent {
  type: 'invalid';
  rank: number;
  event: string;
  field: string;
  time?: number | undefined;
}

export type RankEvent = z.infer<(typeof events)[keyof typeof events]> | InvalidEvent;
export type EventOf<T extends RankEvent['type']> = Extract<RankEvent, { type: T }>;

/** Validates an event of a rank: returns the event, or names its invalid field. */
export function readRankEvent(event: { type: string; rank: number }): RankEvent {
  const { type, rank } = event;
  if (type === 'invalid') return event as InvalidEvent;
  const schema = Object.hasOwn(events, type) ? events[type as keyof typeof events] : undefined;
  if (!schema) return { type: 'invalid', rank, event: type, field: 'type' };
  const parsed = schema.safeParse(event);
  // Unchecked fields are stored in events.jsonl unchanged.
  if (parsed.success) return { ...event, ...parsed.data };
  const [first] = parsed.error.issues;
  return { type: 'invalid', rank, event: type, field: String(first?.path[0] ?? 'type') };
}
