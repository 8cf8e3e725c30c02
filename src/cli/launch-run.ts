import { join } from 'node:path';
import { pino } from 'pino';
import { checkJob } from '../checks/index.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { preflight } from '../doctor/preflight.ts';
import { ExitCode } from '../errors.ts';
import { findExecutor } from '../executors/index.ts';
import { readExpect } from '../plan/expect.ts';
import { makePlan } from '../plan/plan.ts';
import { choosePort } from '../plan/port.ts';
import { makeRedactor } from '../redact/redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePrinter } from '../report/output.ts';
import { plainReporter } from '../report/plain.ts';
import { makeNodePaint, makePaint } from '../report/text.ts';
import { formatVerdict } from '../report/verdict.ts';
import { makeJudge } from '../run/judge.ts';
import { makeRunDirectory } from '../run-folder/directory.ts';
import { claim } from '../run-folder/owner.ts';
import { recordRun } from '../run-folder/record.ts';
import { registerRun } from '../run-folder/registry.ts';
import { shownPath } from '../shown-path.ts';
import { supervise } from '../supervise/supervise.ts';
import { suppress } from './check-run.ts';
import { commandJob } from './command-job.ts';

/** Options of `launch` as commander and their parsers leave them. */
interface LaunchOptions {
  hostfile?: string;
  nodes?: number;
  on?: string;
  samples?: number;
  holdSteps: number | 'auto';
  env?: Record<string, string>;
  expect?: string[];
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  startStep?: number;
  reportTimeout: number;
  runDir?: string;
  ranks?: number[] | 'all';
  ssh?: 'auto' | 'system' | 'builtin';
  sshConfig?: string;
  sync?: boolean;
  check: boolean;
  projection: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** `rampcheck launch`: everything that can be refused is refused before a process or a folder exists. */
export async function launchRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const options = input.options as unknown as LaunchOptions;
  const { job, ignore } = await commandJob(input, context);
  const expect = (options.expect ?? []).map((text) => readExpect(text, context.cwd));
  const findings = suppress(checkJob(job), ignore).filter(({ suppressed }) => suppressed === undefined);
  const violations = findings.filter(({ severity }) => severity === 'violation');
  const paint = makePaint(context.color);
  if (violations.length > 0 && options.check && expect.length === 0) return refuse();

  const executor = findExecutor(job.executor);
  const plan = makePlan(job, { ...options, masterPort: await choosePort(job) });
  const redact = makeRedactor({ ...context.env, ...job.env }, input.command);
  await executor.prepare?.(job.nodes, {
    ...options,
    say: (text) => void context.stderr.write(`${redact(text)}\n`),
  });
  // On this machine the same was found when the command was read.
  if (job.executor !== 'local')
    await ready().catch(async (error: unknown) => {
      await executor.close?.();
      throw error;
    });
  const directory = makeRunDirectory(context.cwd, options.runDir, redact);
  const judging = { ...options, samples: options.samples, expect };
  recordRun(directory, { findings, options: judging, way: options }, job, plan);
  registerRun(directory, context.env);
  const held = claim(directory.path);
  const logger = pino(
    { level: 'debug' },
    pino.destination({ dest: join(directory.path, 'rampcheck.log'), sync: true, mode: 0o600 }),
  );
  logger.info({ run: directory.id, hash: plan.hash }, 'run prepared');

  const say = (text: string) => void context.stderr.write(`${redact(text)}\n`);
  const stream = options.json ? context.stderr : context.stdout;
  const output = options.quiet
    ? null
    : makePrinter((text) => void stream.write(text), context.interactive && !options.json);
  const plain = {
    output,
    say: options.quiet ? () => {} : say,
    verbose: options.verbose === true,
    ranks: options.ranks,
    paintNode: makeNodePaint(context.color),
  };
  const live =
    context.interactive &&
    process.stderr.isTTY === true &&
    !options.json &&
    !options.quiet &&
    !options.verbose;
  const rows = live
    ? (await import('../report/rows.ts')).rowsReporter(
        { ...plain, projection: options.projection },
        process.stderr,
      )
    : undefined;
  const verdict = await supervise({
    job,
    plan,
    findings,
    judge: makeJudge({ ...judging, job }),
    settings: {
      projection: options.projection,
      on_mismatch: options.onMismatch,
      start_step: options.startStep ?? null,
      after_release: options.afterRelease,
      asked_on_command_line: job.training.lr_scheduler_type !== undefined,
      expect,
    },
    executor,
    reportTimeout: options.reportTimeout,
    directory,
    reporter: rows ?? plainReporter(plain),
    log: (state, detail) => logger.info({ state, ...detail }, 'run'),
    redact,
  }).finally(async () => executor.close?.());
  await rows?.close();
  if ('release' in held) held.release();
  logger.info({ outcome: verdict.outcome, exit_code: verdict.exit_code }, 'verdict');
  return {
    exitCode: verdict.exit_code,
    document: { run: directory.path, ...verdict },
    text: redact(formatVerdict(verdict, shownPath(directory.path, context.cwd), context.columns, paint)),
  };

  async function ready(): Promise<void> {
    if (options.sync) await executor.sync?.(job.cwd);
    await preflight(executor, job, plan);
  }

  function refuse(): CommandResult {
    const [first] = violations;
    return {
      exitCode: ExitCode.scheduleViolation,
      document: {
        outcome: 'aborted',
        state: 'aborted',
        exit_code: ExitCode.scheduleViolation,
        message: 'nothing was started: check found a schedule violation',
        detected: { by: 'static', step: null },
        diagnosis: first && { id: first.rule, ...first },
        max_deviation: null,
        ranks: { total: null, agreeing: 0 },
        findings,
      },
      text:
        formatFindings(findings, context.columns, paint) +
        `\n${paint.red(paint.bold('REFUSED'))} nothing was started. Fix it, or start all the same with --no-check.\n`,
    };
  }
}
