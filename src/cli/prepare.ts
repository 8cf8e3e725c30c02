import type { Finding } from '../checks/finding.ts';
import { openFindings } from '../checks/suppress.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { CallbackSettings, Expect } from '../contract/settings.ts';
import { ExitCode } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { callbackSettings } from '../plan/callback-settings.ts';
import { readExpect } from '../plan/expect.ts';
import { makeRedactor, type Redact } from '../redact/redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import type { JudgeOptions } from '../run/judge.ts';
import { type BatchChoice, commandJob } from './command-job.ts';
import type { JobValues, RunValues } from './options.ts';

/** A run that was read and checked but for which nothing exists yet: the start of launch, submit and plan --emit. */
export interface Prepared {
  job: Job;
  /** Lines about how the command was read; may be empty. */
  notice: string;
  /** The findings of check that the run file does not suppress. */
  findings: readonly Finding[];
  expect: readonly Expect[];
  /** The settings of every rank. */
  settings: CallbackSettings;
  judge: JudgeOptions;
  /** Seconds until a rank must have reported. */
  reportTimeout: number;
  redact: Redact;
}

type PreparedValues = JobValues & RunValues & Pick<Required<JobValues>, 'holdSteps'>;

/**
 * Reads the command, checks it, and decides how its run is judged.
 *
 * @param batch for a run whose nodes are named later
 * @throws RampcheckError (exit 2)
 */
export async function prepare(
  input: CommandInput<PreparedValues>,
  context: Context,
  batch?: BatchChoice,
): Promise<Prepared> {
  const { samples, holdSteps, projection, onMismatch, afterRelease, reportTimeout } = input.options;
  const { job, notice } = await commandJob(input, context, batch);
  const expect = (input.options.expect ?? []).map((text) => readExpect(text, context.cwd));
  return {
    job,
    notice,
    findings: openFindings(job, input.ignore),
    expect,
    settings: callbackSettings(job, input.options, expect),
    judge: { samples, holdSteps, projection, onMismatch, afterRelease, expect },
    reportTimeout,
    redact: makeRedactor({ ...context.env, ...job.env }, input.command),
  };
}

/** What the command would have done, for messages: launch starts, submit queues, plan --emit writes. */
export type Deed = 'started' | 'queued' | 'written';

/** The result if check finds a schedule violation; undefined if the run may start. --expect and --no-check override it. */
export function refusal(
  { findings, expect }: Pick<Prepared, 'findings' | 'expect'>,
  { check }: Pick<RunValues, 'check'>,
  deed: Deed,
  { columns, color }: Context,
): CommandResult | undefined {
  const violation = findings.find(({ severity }) => severity === 'violation');
  if (!violation || !check || expect.length > 0) return undefined;
  const paint = makePaint(color);
  return {
    exitCode: ExitCode.scheduleViolation,
    document: {
      outcome: 'aborted',
      state: 'aborted',
      exit_code: ExitCode.scheduleViolation,
      message: `nothing was ${deed}: check found a schedule violation`,
      detected: { by: 'static', step: null },
      diagnosis: { id: violation.rule, ...violation },
      max_deviation: null,
      ranks: { total: null, agreeing: 0 },
      findings,
    },
    text:
      formatFindings(findings, columns, paint) +
      `\n${paint.red(paint.bold('REFUSED'))} nothing was ${deed}. Fix it, or continue anyway with --no-check.\n`,
  };
}
