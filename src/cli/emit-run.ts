import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkJob } from '../checks/index.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { readExpect } from '../plan/expect.ts';
import { makePlan } from '../plan/plan.ts';
import { type JobOptions, readJob } from '../read/read-job.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import { makeBundle, meeting } from '../submit/bundle.ts';
import type { Piece } from '../submit/emit/format.ts';
import { formats } from '../submit/emit/index.ts';
import { makeName } from '../submit/kubernetes/names.ts';
import { assertNoSecrets } from '../submit/secrets.ts';

/** Options of `plan --emit` as commander and their parsers leave them. */
interface EmitOptions extends JobOptions {
  emit: string;
  output?: string;
  runDir?: string;
  gpu: string;
  image?: string;
  holdSteps: number | 'auto';
  expect?: string[];
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  startStep?: number;
  check: boolean;
  projection: boolean;
}

/** `rampcheck plan --emit`: the plan as commands or task files, with agent, coordinator, callback and orders inside. */
export async function emitRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const options = input.options as unknown as EmitOptions;
  const format = formats.find(({ name }) => name === options.emit);
  if (!format) throw new Error(`no form is called ${options.emit}`);
  const { command } = input;
  const job = readEmitted(format.nodes, command, options, context);
  assertNoSecrets(
    job,
    (variable) =>
      `leave it out, and set ${variable} on the nodes by the means that the cluster has for secrets`,
  );
  const expect = (options.expect ?? []).map((text) => readExpect(text, context.cwd));
  const findings = checkJob(job);
  if (findings.some(({ severity }) => severity === 'violation') && options.check && expect.length === 0) {
    const paint = makePaint(context.color);
    const end = `\n${paint.red(paint.bold('REFUSED'))} nothing was written. Fix it, or write it all the same with --no-check.\n`;
    return {
      exitCode: ExitCode.scheduleViolation,
      document: { outcome: 'aborted', exit_code: ExitCode.scheduleViolation, findings },
      text: formatFindings(findings, context.columns, paint) + end,
    };
  }
  const plan = makePlan(job, { ...options, meeting });
  const run = runName(job);
  const bundle = makeBundle({
    run,
    job,
    plan,
    settings: {
      projection: options.projection,
      on_mismatch: options.onMismatch,
      start_step: options.startStep ?? null,
      after_release: options.afterRelease,
      asked_on_command_line: job.training.lr_scheduler_type !== undefined,
      expect,
    },
    holdSteps: options.holdSteps,
    directory: null,
  });
  const { runDir: directory, gpu, image, output } = options;
  const pieces = format.pieces({ job, plan, run, bundle, directory, gpu, image });
  const written = output === undefined ? [] : write(resolve(context.cwd, output), pieces);
  return {
    exitCode: ExitCode.done,
    document: { run, plan: plan.hash, form: format.name, pieces, written },
    text: written.length
      ? `${written.join('\n')}\n`
      : pieces.map(({ text }) => text).join(pieces.length > 1 ? '\n' : ''),
  };
}

function readEmitted(
  nodes: 'named' | 'later',
  argv: readonly string[],
  options: EmitOptions,
  { cwd, env }: Context,
): Job {
  // A system that names its nodes later is to the plan what a batch system is.
  if (nodes === 'named') return readJob({ argv, cwd, env, options });
  const job = readJob({ argv, cwd, env, options: { ...options, on: 'kubernetes' } });
  return { ...job, python: 'python3' };
}

function runName({ command }: Job): string {
  const script = command.script.target.split('/').at(-1)?.replace(/\.py$/, '') ?? '';
  return `${makeName(script, 33) || 'run'}-${randomBytes(3).toString('hex')}`;
}

/** Files hold the run's token: their owner alone reads them. */
function write(folder: string, pieces: readonly Piece[]): string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return pieces.map(({ file, text }) => {
      const path = join(folder, file);
      writeFileSync(path, text, { mode: 0o700, flag: 'wx' });
      return path;
    });
  } catch (error) {
    const { code, message, path } = error as NodeJS.ErrnoException;
    throw new RampcheckError(
      'emit-output',
      code === 'EEXIST' ? `${path} is there already` : `cannot write into ${folder}: ${message}`,
      { hint: 'name another folder with --output', cause: error },
    );
  }
}
