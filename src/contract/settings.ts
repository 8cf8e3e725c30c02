import type { CurveSpec } from '../schedule/schedule.ts';

/**
 * An explicitly expected curve: one value per optimizer step, for the first parameter group or for each; `spec` is its schedule,
 * if it was given by name.
 */
export type Expect = { lrs: number[]; spec?: CurveSpec } | { groups: number[][] };

/** The settings of the callback (settings.json on every node). */
export interface CallbackSettings {
  projection: boolean;
  on_mismatch: 'abort' | 'warn';
  /** --start-step; null if the run itself knows it. */
  start_step: number | null;
  /** True if the command names the schedule: the script's own scheduler is then compared with it. */
  asked_on_command_line: boolean;
  /** --after-release */
  after_release: 'warn' | 'abort' | 'off';
  /** --hold-steps */
  hold: number | 'auto';
  /** Optimizer steps in an epoch, by which a total is often off; null if not known. */
  updates_per_epoch: number | null;
  /** Arguments that the command states, by their names in TrainingArguments, and their text. */
  stated: {
    lr_scheduler_type?: { value: string; text: string };
    learning_rate?: { value: number; text: string };
    max_steps?: { value: number; text: string };
    /** Learning rates that the command states for some parameters. */
    group_rates?: { value: number; text: string }[];
  };
  /** The total from --samples, and the arguments from which it is computed: it does not apply to other Trainers. */
  counted: {
    samples: number;
    total: number;
    /** "--samples 40 / (2 × 4) × 3 epochs" */
    from: string;
    /** True if the last, incomplete accumulation of an epoch is an update (transformers 4.52 and later). */
    updates_rounded_up: boolean;
    arguments: Record<string, number | boolean>;
  } | null;
  /** --expect, one for every optimizer in the order of their first steps. */
  expect: readonly Expect[];
}
