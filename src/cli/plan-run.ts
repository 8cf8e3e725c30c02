import { checkJob } from '../checks/index.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode } from '../errors.ts';
import { makePlan, type PlanOptions } from '../plan/plan.ts';
import { makeRedactor, redactDocument } from '../redact/redact.ts';
import { formatPlan } from '../report/plan.ts';
import { makePaint, wrap } from '../report/text.ts';
import { showsUnicode } from '../report/unicode.ts';
import { formatUnread } from '../report/unread.ts';
import { suppress } from './check-run.ts';
import { commandJob } from './command-job.ts';

/** `rampcheck plan`: what `launch` would run, and what check says of it in a line each. */
export async function planRun(input: CommandInput, context: Context): Promise<CommandResult> {
  if (input.options.emit !== undefined) return (await import('./emit-run.ts')).emitRun(input, context);
  const { job, ignore, notice } = await commandJob(input, context);
  const plan = makePlan(job, input.options as PlanOptions);
  const findings = suppress(checkJob(job), ignore).filter(
    ({ severity, suppressed }) => severity !== 'note' && suppressed === undefined,
  );
  const redact = makeRedactor({ ...context.env, ...job.env }, input.command);
  const { color, columns } = context;
  const paint = makePaint(color);
  const said = findings.flatMap(({ severity, rule, message }) => {
    const head = `${severity}[${rule}]`;
    return wrap(message, columns, `${paint.yellow(head)} `, 2, head.length + 1);
  });
  const more = said.length ? `\n${said.join('\n')}\n  rampcheck check says where, and what to do\n` : '';
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
