import type { Finding } from '../checks/finding.ts';
import type { CommandResult, Context } from '../command/command.ts';
import type { CallbackSettings, Expect } from '../contract/settings.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import type { JudgeOptions } from '../run/judge.ts';

/** What is submitted, the same for every engine; nothing exists yet. */
export interface Submission {
  job: Job;
  /** Made with `meeting` (bundle.ts). */
  plan: Plan;
  findings: readonly Finding[];
  settings: CallbackSettings;
  judge: Omit<JudgeOptions, 'job'>;
  expect: readonly Expect[];
  redact(text: string): string;
}

/** An engine that queues jobs. Its options are those of `submit` that begin with its own words. */
export interface Target {
  name: 'slurm' | 'kubernetes';
  /**
   * Submits, or with `options.dryRun` prints what it would submit.
   *
   * @throws RampcheckError before anything is queued, with nothing left behind.
   */
  submit(submission: Submission, options: Record<string, unknown>, context: Context): Promise<CommandResult>;
  /** The same for several runs as one job array; absent where the engine has none. */
  submitArray?(
    submissions: readonly [Submission, ...Submission[]],
    options: Record<string, unknown>,
    context: Context,
  ): Promise<CommandResult>;
}
