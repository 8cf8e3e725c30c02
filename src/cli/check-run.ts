import { isAbsolute, join, relative } from 'node:path';
import { type Finding, type Severity, severities } from '../checks/finding.ts';
import { checkJob, rules } from '../checks/index.ts';
import { suppress } from '../checks/suppress.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { plural } from '../plural.ts';
import { makeRedactor, redactDocument } from '../redact/redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import { formatUnread } from '../report/unread.ts';
import { version } from '../version.ts';
import { commandJob } from './command-job.ts';
import type { checkOptions } from './options.ts';

/** `rampcheck check`: exits with 0 if there are no findings or only warnings, 93 for a schedule violation, 2 if a library would refuse to run. */
export async function checkRun(
  input: CommandInput<Values<typeof checkOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { job, notice } = await commandJob(input, context);
  const { severity: least, format, quiet: silent } = input.options;
  const shown: readonly Severity[] = severities.slice(0, severities.indexOf(least) + 1);
  const findings = suppress(checkJob(job), input.ignore)
    .filter(({ severity }) => shown.includes(severity))
    .map((finding) => relocate(finding, relative(context.cwd, job.cwd)));
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const has = (severity: Severity) => open.some((finding) => finding.severity === severity);
  const redact = makeRedactor({ ...context.env, ...job.env }, input.command);
  const outcome = has('violation') ? 'violation' : has('error') ? 'error' : 'clean';
  const exits = {
    violation: ExitCode.scheduleViolation,
    error: ExitCode.usage,
    clean: ExitCode.done,
  } as const;
  const paint = makePaint(context.color);
  const text =
    format === undefined
      ? `${notice}${formatFindings(open, context.columns, paint)}`
      : await formatted(format, findings, job);
  const end =
    format === undefined ? `${formatUnread(job.unread, context.columns)}${summary(findings)}\n` : '';
  const quiet = silent === true && open.length === 0 && format === undefined;
  return {
    exitCode: exits[outcome],
    document: redactDocument({ outcome, findings, unread: job.unread }, redact),
    text: quiet ? '' : redact(`${text}${text && end ? '\n' : ''}${end}`),
  };
}

/** Makes locations relative to the user's directory if a script has changed the directory. */
function relocate(finding: Finding, folder: string): Finding {
  if (folder === '') return finding;
  const evidence = finding.evidence.map((entry) =>
    entry.location && !isAbsolute(entry.location.file)
      ? { ...entry, location: { ...entry.location, file: join(folder, entry.location.file) } }
      : entry,
  );
  return { ...finding, evidence };
}

async function formatted(format: string, findings: readonly Finding[], { command }: Job): Promise<string> {
  if (format === 'github') return (await import('../report/github.ts')).toGithub(findings);
  const { toSarif } = await import('../report/sarif.ts');
  return `${JSON.stringify(toSarif(findings, rules, { version, fallback: command.script.target }), null, 2)}\n`;
}

function summary(findings: readonly Finding[]): string {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const parts = severities
    .map((severity) => ({ severity, number: open.filter((finding) => finding.severity === severity).length }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => plural(number, severity));
  const hidden = findings.length - open.length;
  const more = hidden ? ` (${hidden} suppressed by the run file)` : '';
  return `${parts.length ? parts.join(', ') : 'no problems found'}${more}`;
}
