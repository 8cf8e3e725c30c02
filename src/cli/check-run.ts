import type { Finding } from '../checks/finding.ts';
import { checkJob } from '../checks/index.ts';
import { ExitCode } from '../errors.ts';
import { readJob } from '../job/read-job.ts';
import { makeRedactor } from '../redact.ts';
import { formatFindings } from '../report/findings.ts';
import { makePaint } from '../report/text.ts';
import type { CommandInput, CommandResult, Context } from './command.ts';
import { jobOptionsOf } from './options.ts';

/** `rampcheck check`: 0 when nothing or only warnings are found, 93 for a schedule violation. */
export async function checkRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const options = jobOptionsOf(input.options);
  const job = readJob({ argv: input.command, cwd: context.cwd, env: context.env, options });
  const findings = checkJob(job);
  const violation = findings.some(({ severity }) => severity === 'violation');
  const redact = makeRedactor({ ...context.env, ...job.env }, input.command);
  const paint = makePaint(context.color);
  const text = formatFindings(findings, context.columns, paint);
  const quiet = input.options.quiet === true && findings.length === 0;
  return {
    exitCode: violation ? ExitCode.scheduleViolation : ExitCode.done,
    document: JSON.parse(
      redact(JSON.stringify({ outcome: violation ? 'violation' : 'clean', findings })),
    ) as unknown,
    text: quiet ? '' : redact(`${text}${text ? '\n' : ''}${summary(findings)}\n`),
  };
}

function summary(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const parts = (['violation', 'warning', 'note'] as const)
    .map((severity) => ({ severity, number: count(severity) }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => `${number} ${severity}${number === 1 ? '' : 's'}`);
  return parts.length ? `${parts.join(', ')}; nothing was started` : 'no findings; nothing was started';
}
