import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { truth } from '../job/training-arguments.ts';
import { type ExpectedCurve, expectedByCommand, nameOf } from '../logs/expected-curve.ts';
import { judgeLog } from '../logs/judge-log.ts';
import { readLog } from '../logs/read-log.ts';
import { readExpect } from '../plan/expect.ts';
import { formatLogVerdict, type LogReport } from '../report/logged.ts';
import { makePaint } from '../report/text.ts';
import { commandJob } from './command-job.ts';
import type { verifyOptions } from './options.ts';

const exits = {
  agrees: ExitCode.done,
  differs: ExitCode.scheduleViolation,
  unverified: ExitCode.unverified,
} as const;

/** `rampcheck verify`: compares logs with the expected curve and reports the first difference. */
export async function verifyRun(
  input: CommandInput<Values<typeof verifyOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { options } = input;
  const job = input.command.length > 0 ? (await commandJob(input, context)).job : undefined;
  const curve = options.expect === undefined ? fromCommand(job) : fromExpect(options.expect, context.cwd);
  const hints = {
    every: options.loggingSteps ?? number(job, 'logging_steps'),
    first: truth(String(setting(job, 'logging_first_step') ?? false)) === true,
    start: options.startStep,
  };
  const logs = input.args.map((path) => readLog(path, context.cwd, hints));
  const rates = logs.flatMap(({ file, rates }) => rates.map((rate) => ({ ...rate, file })));
  const verdict = judgeLog(rates, curve.lrs);
  const { instead } = curve;
  const report: LogReport = {
    ...verdict,
    expected: { name: curve.name, spec: curve.spec, total: curve.lrs.length },
    instead:
      verdict.outcome === 'differs' && instead && judgeLog(rates, instead.lrs).outcome === 'agrees'
        ? instead.name
        : null,
    logs: logs.map(({ file, format, rates }) => ({ file, format, rates: rates.length })),
  };
  const { color, columns } = context;
  return {
    exitCode: exits[verdict.outcome],
    document: report,
    text: formatLogVerdict(report, { rates, expected: curve.lrs }, { columns, paint: makePaint(color) }),
  };
}

function fromCommand(job: Job | undefined): ExpectedCurve {
  if (job) return expectedByCommand(job);
  throw new RampcheckError('no-expectation', 'the expected learning rate is not known', {
    hint: 'add the run\'s command after --, or give --expect "transformers:cosine lr=1e-5 warmup=1% total=4000"',
  });
}

function fromExpect(text: string, cwd: string): ExpectedCurve {
  const expect = readExpect(text, cwd);
  // A log shows only the first group's rate.
  const lrs = 'lrs' in expect ? expect.lrs : (expect.groups[0] ?? []);
  const spec = 'spec' in expect ? (expect.spec ?? null) : null;
  return { name: spec ? nameOf(spec) : text, spec, lrs, instead: null };
}

/** An argument of the script that decides how it logs. If it is given twice, the last one is used. */
function setting(job: Job | undefined, name: string): unknown {
  const found = job?.settings.findLast((each) => each.name === name);
  return found && (found.value ?? true);
}

function number(job: Job | undefined, name: string): number | undefined {
  const value = Number(setting(job, name));
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
