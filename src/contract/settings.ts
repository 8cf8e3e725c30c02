import type { CurveSpec } from '../schedule/schedule.ts';

/**
 * An explicitly expected curve: one value per optimizer step, for the first parameter group or for each; `spec` is what it was
 * named as, when it was named.
 */
export type Expect = { lrs: number[]; spec?: CurveSpec } | { groups: number[][] };

/** What the callback is given to know (settings.json on every node). */
export interface CallbackSettings {
  projection: boolean;
  on_mismatch: 'abort' | 'warn';
  /** --start-step; null when the run itself knows. */
  start_step: number | null;
  /** The command itself names the schedule, so that a scheduler of the script's own is held against it. */
  asked_on_command_line: boolean;
  /** --after-release */
  after_release: 'warn' | 'abort' | 'off';
  /** --hold-steps */
  hold: number | 'auto';
  /** Optimizer steps in an epoch: what a total is usually off by; null when not known. */
  updates_per_epoch: number | null;
  /** Arguments that the command itself states, by their name in TrainingArguments, and how it states them. */
  stated: {
    lr_scheduler_type?: { value: string; text: string };
    learning_rate?: { value: number; text: string };
    max_steps?: { value: number; text: string };
    /** Learning rates that it states for some of the parameters. */
    group_rates?: { value: number; text: string }[];
  };
  /** The total that --samples makes, and the arguments that it follows from: of another Trainer it says nothing. */
  counted: {
    samples: number;
    total: number;
    /** "--samples 40 / (2 × 4) × 3 epochs" */
    from: string;
    /** The last, incomplete accumulation of an epoch is an update (transformers 4.52 and later). */
    updates_rounded_up: boolean;
    arguments: Record<string, number | boolean>;
  } | null;
  /** --expect, one for every optimizer in the order of their first steps. */
  expect: readonly Expect[];
}
