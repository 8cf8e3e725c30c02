import { z } from 'zod';
import type { Versions } from '../schedule/schedule.ts';

/*
 * What a rank says (src/node/inject/rampcheck_callback, one JSON object per event). Every rank decides by itself: `proven` and `parks`
 * are its decisions, and the state machine counts them. What the machine and the verdict read is checked here; what only a diagnosis
 * reads is taken as it is, because no missing detail may end a run.
 */

/** A learning rate. Python's NaN and Infinity arrive as null, since JSON has neither: NaN here. */
const rate = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.int().nonnegative();
/** Which of the rank's optimizers, in the order of their first steps. */
const optimizer = count.default(0);
const common = { rank: count, time: z.number().optional() };

/** One learning rate that is not the expected one: optimizer step, parameter group, both values. */
const difference = z.object({ step: count, group: count, expected: rate, actual: rate });
export type Difference = z.infer<typeof difference>;

/** The scheduler that decides, where it stands, and who steps it from which lines. */
const inForce = z.object({
  class: z.string(),
  module: z.string(),
  stepped_by: z.string(),
  position: z.number().nullish(),
  stepped_at: z.array(z.string()).optional(),
  base_lrs: z.array(rate).nullish(),
  /** What it has written last, group by group. */
  last_lrs: z.array(rate).nullish(),
  /** It writes into groups that are copies of the optimizer's: what it writes is used by nobody. */
  copies: z.boolean().optional(),
});
export type InForce = z.infer<typeof inForce>;

const spec = z.object({
  lib: z.string(),
  scheduler: z.string(),
  params: z.record(z.string(), z.unknown()),
  lr0: rate,
});

/** What a judge or a diagnosis reads of an event. */
type About<T> = Omit<T, 'type' | 'rank' | 'time' | 'optimizer' | 'parks'> & { optimizer?: number };

/** What is known for a diagnosis alone. */
const facts = <T>() => z.custom<T>(() => true);

/** The rank has connected; its Python may not have imported anything yet. */
const hello = z.object({ ...common, type: z.literal('hello'), pid: z.int(), world_size: count });

/** What is asked of an optimizer and what will run, before its first step. */
const declared = z.object({
  ...common,
  type: z.literal('declared'),
  optimizer,
  optimizer_class: facts<{ class: string; module: string } | undefined>().optional(),
  /** Who says what is asked: --expect, TrainingArguments or a DeepSpeed config. */
  source: z.string().optional(),
  asked: spec,
  /** The curve it holds itself against; null with --expect, absent when no curve exists. */
  expected: spec.nullish(),
  /** Why no curve exists beforehand (metric-driven schedules). */
  unpredictable: z.string().nullish(),
  /** Optimizer steps of the whole run; 0 when only the run itself knows. */
  total: count,
  total_known: z.boolean().optional(),
  start: count,
  /** Base learning rate of every parameter group, as it was made with. */
  base_lrs: z.array(rate),
  /** What every group holds before the first step. */
  lrs: z.array(rate).optional(),
  /** A group holds its learning rate in a tensor of single precision. */
  float32: z.boolean().optional(),
  in_force: inForce,
  deepspeed: facts<DeepSpeedFacts | null>(),
  versions: facts<Versions & { python?: string }>(),
  training: facts<Record<string, number | boolean | string | null>>(),
  /** [step, lr] of group 0 of the expected curve. */
  samples: z.array(z.tuple([count, rate])).optional(),
});
export type Declared = About<z.infer<typeof declared>>;

export interface DeepSpeedFacts {
  config: string | null;
  scheduler: string | null;
  scheduler_params: Record<string, unknown> | null;
  optimizer: string | null;
  optimizer_params?: Record<string, unknown> | null;
  zero_stage: number;
  /** The script hands a scheduler of its own to deepspeed.initialize, which then ignores the config's. */
  client_scheduler?: boolean;
  /** The parts of the config in force that bear on learning rates and step counts. */
  in_force?: Record<string, unknown>;
}

/** The projection against the expected curve. `available: false`: the scheduler cannot be copied. */
const projected = z.object({
  ...common,
  type: z.literal('projected'),
  optimizer,
  available: z.boolean(),
  why: z.string().optional(),
  max_deviation: rate.optional(),
  difference: difference.nullish(),
  samples: z.array(z.tuple([count, rate])).optional(),
  /** Optimizer steps that have been compared; the rest of a very long run follows between later steps. */
  steps: count.optional(),
  complete: z.boolean().optional(),
  /** How often the scheduler is stepped per update. */
  steps_per_update: z.number().nullish(),
  in_force: inForce.optional(),
});
export type Projected = About<z.infer<typeof projected>>;

/** How many optimizer steps it will show, and the failure mode that needs the longest (src/schedule/hold.ts). */
const hold = z.object({
  ...common,
  type: z.literal('hold'),
  optimizer,
  steps: z.int().positive(),
  mode: z.string().optional(),
});

/** One applied update, before it is applied: what every group uses and should use. */
const step = z.object({
  ...common,
  type: z.literal('step'),
  optimizer,
  step: count,
  lrs: z.array(rate),
  /** null where nothing is expected: past the end of the curve, or without one. */
  expected: z.array(rate).nullable(),
});

/** An update that overflow left out; `skipped` of them so far. */
const skipped = z.object({ ...common, type: z.literal('skipped'), optimizer, skipped: count });

/** How much of the future a projection has shown when a training was proven. */
export const projections = ['none', 'partial', 'complete'] as const;
export type Projection = (typeof projections)[number];

/** An optimizer has shown enough. Said once per training, while the run is held. */
const proven = z.object({
  ...common,
  type: z.literal('proven'),
  optimizer,
  steps: z.int().positive(),
  projection: z.enum(projections),
});

/** The rank waits to be ended: what it has found ends the run, whatever the launcher has done since. */
const parks = z.boolean();
const points = z.array(z.tuple([z.int(), rate, rate]));

const violation = z.object({
  ...common,
  type: z.literal('violation'),
  optimizer,
  parks,
  by: z.enum(['projection', 'observation']),
  /** The optimizer step before which it was found. */
  step: count,
  difference,
  max_deviation: rate,
  /** [step, expected, actual] around the first difference. */
  window: points,
  /** The same at distances up to the end of the curve, as far as it could be projected. */
  rest: points.optional(),
  /** What would follow if the scheduler were stepped once per update, where that is not known yet. */
  assumed: points.optional(),
  /** Updates that overflow had left out by then. */
  skipped: count.optional(),
  /** Where the scheduler stands: how often it has been stepped. */
  scheduler: z.number().nullish(),
  steps_per_update: z.number().nullish(),
  in_force: inForce.optional(),
});
export type Violation = About<z.infer<typeof violation>>;

/** What the command states, or --expect gives, cannot be what the script trains with. */
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
/** An optimizer that is not judged steps besides. */
const unjudged = z.object({ ...common, type: z.literal('unjudged'), why: z.string() });

/** The user's own uncaught exception. */
const error = z.object({
  ...common,
  type: z.literal('error'),
  time: z.number(),
  error: z.string(),
  traceback: z.string(),
});

/** A normal exit: how far every training has come, of how many steps (null: nobody knew). */
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

/** What no callback of this version sends: the event's type and its first wrong field. */
export interface InvalidEvent {
  type: 'invalid';
  rank: number;
  event: string;
  field: string;
  time?: number | undefined;
}

export type RankEvent = z.infer<(typeof events)[keyof typeof events]> | InvalidEvent;
export type EventOf<T extends RankEvent['type']> = Extract<RankEvent, { type: T }>;

/** The boundary to the ranks: an event as the machine may read it, or which field of it is wrong. */
export function readRankEvent(event: { type: string; rank: number }): RankEvent {
  const { type, rank } = event;
  if (type === 'invalid') return event as InvalidEvent;
  const schema = Object.hasOwn(events, type) ? events[type as keyof typeof events] : undefined;
  if (!schema) return { type: 'invalid', rank, event: type, field: 'type' };
  const parsed = schema.safeParse(event);
  // What is not checked goes on into events.jsonl, as it came.
  if (parsed.success) return { ...event, ...parsed.data };
  const [first] = parsed.error.issues;
  return { type: 'invalid', rank, event: type, field: String(first?.path[0] ?? 'type') };
}
