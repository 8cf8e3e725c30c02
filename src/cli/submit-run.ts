import { checkJob } from '../checks/index.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { readExpect } from '../plan/expect.ts';
import { makePlan } from '../plan/plan.ts';
import { makeRedactor } from '../redact/redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import { meeting } from '../submit/bundle.ts';
import type { Submission, Submitter } from '../submit/target.ts';
import { targets } from '../submit/targets.ts';
import { suppress } from './check-run.ts';
import { commandJob } from './command-job.ts';
import { withRunFile } from './run-file-input.ts';
import { submittedResult } from './submitted.ts';

/** Options of `submit` that are the same for every engine. */
interface SubmitOptions {
  to?: string;
  hostfile?: string;
  nodes?: number;
  gpusPerNode?: number;
  samples?: number;
  holdSteps: number | 'auto';
  env?: Record<string, string>;
  /** A run file says one, the command line one per optimizer. */
  expect?: string[];
  /** Run files of a job array. */
  array?: string[];
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  startStep?: number;
  check: boolean;
  projection: boolean;
}

/** `rampcheck submit`: reads and checks the job as `launch` does, and hands it to an engine that queues it. */
export async function submitRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const options = input.options as unknown as SubmitOptions;
  const load = isEngine(options.to) && targets[options.to];
  if (!load) {
    throw new RampcheckError('bad-option', `--to names the engine: ${Object.keys(targets).join(' or ')}`);
  }
  const [first, ...others] = await Promise.all(
    inputs(input, options, context).map((one) => prepare(one, context)),
  );
  if (!first) throw new RampcheckError('bad-option', '--array names no run file');
  const bad = [first, ...others].find(
    ({ findings, expect }) =>
      findings.some(({ severity }) => severity === 'violation') && expect.length === 0,
  );
  if (bad && options.check) return refuse(bad, context);
  const target = await load();
  const submitter = submitterOf(first, input, context);
  if (others.length === 0) {
    return submittedResult(await target.submit(first, input.options, submitter), first, context);
  }
  if (target.submitArray) {
    const submitted = await target.submitArray([first, ...others], input.options, submitter);
    return submittedResult(submitted, first, context);
  }
  throw new RampcheckError('bad-option', `--array: a ${target.name} job holds one run`, {
    hint: 'submit each run file by itself, with --run-file',
  });
}

function isEngine(name: string | undefined): name is keyof typeof targets {
  return name !== undefined && Object.hasOwn(targets, name);
}

/** A run that is followed shows its training's lines where its own output goes, and everything else beside it. */
function submitterOf({ redact }: Submission, { options }: CommandInput, context: Context): Submitter {
  const { quiet, json } = options;
  const output = json === true ? context.stderr : context.stdout;
  const write = (stream: NodeJS.WritableStream, text: string) =>
    void (quiet === true || stream.write(`${redact(text)}\n`));
  return {
    cwd: context.cwd,
    env: context.env,
    say: (text) => write(context.stderr, text),
    line: (text) => write(output, text),
  };
}

/** The command line's own run, or those of --array. */
function inputs(input: CommandInput, options: SubmitOptions, context: Context): CommandInput[] {
  if (!options.array) return [input];
  const usual: Record<string, unknown> = {
    holdSteps: 'auto',
    onMismatch: 'abort',
    afterRelease: 'warn',
    projection: true,
  };
  const given = (name: string) => input.options[name] !== undefined && input.options[name] !== usual[name];
  return options.array.map((file) => ({
    ...input,
    ...withRunFile(file, { options: input.options, command: [] }, given, context),
  }));
}

async function prepare(input: CommandInput, context: Context): Promise<Submission> {
  const options = input.options as unknown as SubmitOptions;
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
