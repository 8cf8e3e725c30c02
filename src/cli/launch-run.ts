import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { preflight } from '../doctor/preflight.ts';
import { executorValues, makeExecutor } from '../executors/index.ts';
import { makePlan } from '../plan/plan.ts';
import { choosePort } from '../plan/port.ts';
import { makePrinter } from '../report/output.ts';
import { plainReporter } from '../report/plain.ts';
import { makeNodePaint, makePaint } from '../report/text.ts';
import { formatVerdict } from '../report/verdict.ts';
import { discard, makeRunDirectory } from '../run-folder/directory.ts';
import { claimRun } from '../run-folder/owner.ts';
import { recordRun } from '../run-folder/record.ts';
import { registerRun } from '../run-folder/registry.ts';
import { openRunLog } from '../run-folder/run-log.ts';
import { shownPath } from '../shown-path.ts';
import { startRun } from '../supervise/start-run.ts';
import type { launchOptions } from './options.ts';
import { prepare, refusal } from './prepare.ts';

/** `rampcheck launch`: refuses what it can before it creates a process or a folder. */
export async function launchRun(
  input: CommandInput<Values<typeof launchOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { options } = input;
  const prepared = await prepare(input, context);
  const refused = refusal(prepared, options, 'started', context);
  if (refused) return refused;
  const { job, findings, settings, judge, redact, reportTimeout } = prepared;

  const way = executorValues(job.executor, options, context.cwd);
  const executor = await makeExecutor(job.executor, way);
  const plan = makePlan(job, { ...options, masterPort: await choosePort(job) });
  const say = (text: string) => void context.stderr.write(`${redact(text)}\n`);
  await executor.prepare?.(job.nodes, { say });
  // On this machine reading the command has already found the same.
  if (job.reach === 'remote')
    await ready().catch(async (error: unknown) => {
      await executor.close?.();
      throw error;
    });
  const directory = makeRunDirectory(context.cwd, options.runDir, redact);
  try {
    recordRun(directory, { findings: [...findings], options: judge, way }, job, plan);
  } catch (error) {
    discard(directory);
    throw error;
  }
  registerRun(directory, context.env);
  const lock = claimRun(directory.path);
  const logger = openRunLog(directory.path);
  logger.info({ run: directory.id, hash: plan.hash }, 'run prepared');

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
  const verdict = await startRun({
    job,
    plan,
    findings,
    judge,
    settings,
    executor,
    reportTimeout,
    directory,
    reporter: rows ?? plainReporter(plain),
    log: (state, detail) => logger.info({ state, ...detail }, 'run'),
    redact,
  }).finally(async () => executor.close?.());
  await rows?.close();
  if ('unlock' in lock) lock.unlock();
  logger.info({ outcome: verdict.outcome, exit_code: verdict.exit_code }, 'verdict');
  return {
    exitCode: verdict.exit_code,
    document: { run: directory.id, path: directory.path, ...verdict },
    text: redact(
      formatVerdict(
        verdict,
        shownPath(directory.path, context.cwd),
        context.columns,
        makePaint(context.color),
      ),
    ),
  };

  async function ready(): Promise<void> {
    if (options.sync) await executor.sync?.(job.cwd);
    await preflight(executor, job, plan);
  }
}
