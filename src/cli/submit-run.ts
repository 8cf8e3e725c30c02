import { checkJob } from '../checks/index.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { makeRedactor } from '../redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import { readExpect } from '../run/expect.ts';
import { makePlan } from '../run/plan.ts';
import { meeting } from '../submit/bundle.ts';
import type { Submission } from '../submit/target.ts';
import { targets } from '../submit/targets.ts';
import { suppress } from './check-run.ts';
import type { CommandInput, CommandResult, Context } from './command.ts';
import { commandJob } from './command-job.ts';

/** Options of `submit` that are the same for every engine. */
interface SubmitOptions {
  to?: string;
  hostfile?: string;
  nodes?: number;
  gpusPerNode?: number;
  samples?: number;
  holdSteps: number | 'auto';
  env?: Record<string, string>;
  expect?: string[];
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  startStep?: number;
  check: boolean;
  projection: boolean;
}

/** `rampcheck submit`: reads and checks the job as `launch` does, and hands it to an engine that queues it. */
export async function submitRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const options = input.options as unknown as SubmitOptions;
  const load = targets[options.to ?? ''];
  if (!load) {
    throw new RampcheckError('bad-option', `--to names the engine: ${Object.keys(targets).join(' or ')}`);
  }
  const submission = await prepare(input, options, context);
  const { findings, expect } = submission;
  if (findings.some(({ severity }) => severity === 'violation') && options.check && expect.length === 0) {
    return refuse(submission, context);
  }
  const target = await load();
  return target.submit(submission, input.options, context);
}

async function prepare(input: CommandInput, options: SubmitOptions, context: Context): Promise<Submission> {
  const { samples, holdSteps, projection, onMismatch, afterRelease } = options;
  const asked = { ...input, options: { ...input.options, on: options.to } };
  const { job, ignore } = await commandJob(asked, context);
  const expect = (options.expect ?? []).map((text) => readExpect(text, context.cwd));
  return {
    job,
    plan: makePlan(job, { holdSteps, projection, meeting }),
    findings: suppress(checkJob(job), ignore).filter(({ suppressed }) => suppressed === undefined),
    settings: {
      projection,
      on_mismatch: onMismatch,
      start_step: options.startStep ?? null,
      after_release: afterRelease,
      asked_on_command_line: job.training.lr_scheduler_type !== undefined,
      expect,
    },
    judge: { samples, holdSteps, projection, onMismatch, afterRelease, expect },
    expect,
    redact: makeRedactor({ ...context.env, ...job.env }, input.command),
  };
}

function refuse({ findings }: Submission, { columns, color }: Context): CommandResult {
  const paint = makePaint(color);
  return {
    exitCode: ExitCode.scheduleViolation,
    document: {
      outcome: 'aborted',
      exit_code: ExitCode.scheduleViolation,
      message: 'nothing was queued: check found a schedule violation',
      detected: { by: 'static', step: null },
      findings,
    },
    text:
      formatFindings(findings, columns, paint) +
      `\n${paint.red(paint.bold('REFUSED'))} nothing was queued. Fix it, or queue it all the same with --no-check.\n`,
  };
}
