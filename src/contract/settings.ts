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
  /** --expect, one for every optimizer in the order of their first steps. */
  expect: readonly Expect[];
}
