import type { CurveSpec, Versions } from '../schedule/schedule.ts';

/** One event of a rank, as the callback sent it. Fields beyond these depend on the type. */
export interface RankEvent {
  type: string;
  rank: number;
  [field: string]: unknown;
}

/** One learning rate that is not the expected one: optimizer step, parameter group, both values. */
export interface Difference {
  step: number;
  group: number;
  expected: number;
  actual: number;
}

/** What a rank says before its first optimizer step: what was asked of it and what will run. */
export interface Declared {
  /** Which of the rank's optimizers, in the order of their first steps; absent for the first. */
  optimizer?: number;
  optimizer_class?: { class: string; module: string };
  /** Who says what is asked: --expect, TrainingArguments or a DeepSpeed config. */
  source?: string;
  asked: CurveSpec;
  /** The curve it holds itself against; null with --expect, absent when no curve exists. */
  expected?: CurveSpec | null;
  /** Why no curve exists beforehand (metric-driven schedules). */
  unpredictable?: string;
  /** Optimizer steps of the whole run; 0 when only the run itself knows. */
  total: number;
  total_known?: boolean;
  start: number;
  /** Base learning rate of every parameter group, as it was made with. */
  base_lrs: number[];
  /** What every group holds before the first step. */
  lrs?: number[];
  /** A group holds its learning rate in a tensor of single precision. */
  float32?: boolean;
  in_force: InForce;
  deepspeed: {
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
  } | null;
  versions: Versions & { python?: string };
  training: Record<string, number | boolean | string | null>;
  /** [step, lr] of group 0 of the expected curve. */
  samples?: [number, number][];
}

/** The scheduler that decides, where it stands, and who steps it from which lines. */
export interface InForce {
  class: string;
  module: string;
  stepped_by: string;
  position?: number | null;
  stepped_at?: string[];
  base_lrs?: number[] | null;
}

/** The projection against the expected curve. `available: false`: the scheduler cannot be copied. */
export interface Projected {
  available: boolean;
  why?: string;
  max_deviation?: number;
  difference?: Difference | null;
  samples?: [number, number][];
  optimizer?: number;
  /** Optimizer steps that have been compared; the rest of a very long run follows between later steps. */
  steps?: number;
  complete?: boolean;
  /** How often the scheduler is stepped per update. */
  steps_per_update?: number | null;
  in_force?: InForce;
}

export interface Violation {
  /** The rank waits to be ended: it was not released yet when it found this, whatever the launcher has done since. */
  parks?: boolean;
  optimizer?: number;
  /** Updates that overflow had left out by then. */
  skipped?: number;
  /** Where the scheduler stands: how often it has been stepped. */
  scheduler?: number | null;
  steps_per_update?: number | null;
  in_force?: InForce;
  by: 'projection' | 'observation';
  /** The optimizer step before which it was found. */
  step: number;
  difference: Difference;
  max_deviation: number;
  /** [step, expected, actual] around the first difference. */
  window: [number, number, number][];
  /** The same at distances up to the end of the curve, as far as it could be projected. */
  rest?: [number, number, number][];
  /** What would follow if the scheduler were stepped once per update, where that is not known yet. */
  assumed?: [number, number, number][];
}
