import type { CommandResult, Context } from '../command/command.ts';
import { ExitCode } from '../errors.ts';
import { plural } from '../plural.ts';
import { redactDocument } from '../redact/redact.ts';
import { makePaint } from '../report/text.ts';
import { formatVerdict } from '../report/verdict.ts';
import { shownPath } from '../shown-path.ts';
import type { Submission, Submitted, SubmittedRun } from '../submit/engine.ts';

/** Formats the result of a submission, as text and as a document. */
export function submittedResult(
  submitted: Submitted,
  { plan, redact }: Submission,
  context: Context,
): CommandResult {
  const result = (exitCode: ExitCode, document: object, text: string): CommandResult => ({
    exitCode,
    document: redactDocument(document, redact),
    text: redact(text),
  });
  switch (submitted.kind) {
    case 'shown':
      return { exitCode: ExitCode.done, document: submitted.document, text: submitted.text };
    case 'accepted':
      return result(ExitCode.done, submitted.document, `${submitted.text}\n`);
    case 'queued': {
      const { runs } = submitted;
      const text = runs.map((run) => queuedWords(run, plan.nodes.length, context)).join('');
      return result(ExitCode.done, runs.length > 1 ? { runs } : (runs[0] ?? {}), text);
    }
    case 'left': {
      const { run } = submitted;
      const next = `rampcheck status ${run.run}   shows it\nrampcheck stop ${run.run}     ends it\n`;
      return result(ExitCode.interrupted, run, `detached; the job continues\n${next}`);
    }
    case 'ended': {
      const { run, verdict } = submitted;
      const folder = shownPath(run.path, context.cwd);
      const text = formatVerdict(verdict, folder, context.columns, makePaint(context.color));
      return result(verdict.exit_code, { ...run, ...verdict }, text);
    }
  }
}

function queuedWords({ run, path, job }: SubmittedRun, nodes: number, { cwd }: Context): string {
  return (
    `queued as job ${job}, ${plural(nodes, 'node')}\n` +
    `  run     ${run}\n  folder  ${shownPath(path, cwd)}\n  next    rampcheck status ${run}\n          rampcheck stop ${run}\n`
  );
}
