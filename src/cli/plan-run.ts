import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode } from '../errors.ts';
import { makePlan } from '../plan/plan.ts';
import { redactDocument } from '../redact/redact.ts';
import { formatPlan } from '../report/plan.ts';
import { makePaint, wrap } from '../report/text.ts';
import { showsUnicode } from '../report/unicode.ts';
import { formatUnread } from '../report/unread.ts';
import type { planOptions } from './options.ts';
import { prepare } from './prepare.ts';

/** `rampcheck plan`: shows what `launch` would run, and each finding of check on one line. */
export async function planRun(
  input: CommandInput<Values<typeof planOptions>>,
  context: Context,
): Promise<CommandResult> {
  if (input.options.emit !== undefined) return (await import('./emit-run.ts')).emitRun(input, context);
  const { job, notice, findings: open, redact } = await prepare(input, context);
  const plan = makePlan(job, input.options);
  const findings = open.filter(({ severity }) => severity !== 'note');
  const { color, columns } = context;
  const paint = makePaint(color);
  const said = findings.flatMap(({ severity, rule, message }) => {
    const head = `${severity}[${rule}]`;
    return wrap(message, columns, `${paint.yellow(head)} `, 2, head.length + 1);
  });
  const more = said.length
    ? `\n${said.join('\n')}\n  run rampcheck check to see where, and what to do\n`
    : '';
  return {
    exitCode: ExitCode.done,
    document: redactDocument({ ...plan, findings }, redact),
    text: redact(
      notice +
        formatPlan(plan, { columns, paint, color, unicode: showsUnicode(context.env) }) +
        formatUnread(job.unread, columns) +
        more,
    ),
  };
}
