import { rules } from '../checks/index.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { makePaint, wrap } from '../report/text.ts';

/** `rampcheck explain [rule]`. */
export async function explainRun(
  { args }: CommandInput,
  { columns, color }: Context,
): Promise<CommandResult> {
  const [id] = args;
  const paint = makePaint(color);
  const page = (rule: (typeof rules)[number]) => ({
    id: rule.id,
    title: rule.title,
    severity: rule.severity,
    reads: rule.reads,
    why: rule.why,
    fix: rule.fix,
    ...(rule.thread === undefined ? {} : { thread: rule.thread }),
  });
  if (id === undefined) {
    const lines = rules.flatMap((rule) => [
      `${paint.bold(rule.id)} (${rule.severity})`,
      ...wrap(rule.title, columns, '  ', 2),
    ]);
    return { exitCode: ExitCode.done, document: { rules: rules.map(page) }, text: `${lines.join('\n')}\n` };
  }
  const rule = rules.find((known) => known.id === id);
  if (!rule) {
    const close = nearest(
      id,
      rules.map((known) => known.id),
    );
    throw new RampcheckError('unknown-rule', `there is no rule '${id}'`, {
      hint: close.length ? `did you mean ${close.join(' or ')}?` : 'rampcheck explain lists all of them',
    });
  }
  const say = (label: string, text: string) => wrap(text, columns, `${paint.bold(label.padEnd(8))} `, 9, 9);
  const lines = [
    `${paint.bold(rule.id)} (${rule.severity})`,
    '',
    ...wrap(`${rule.title}.`, columns, '', 0),
    '',
    ...wrap(rule.why, columns, '', 0),
    '',
    ...say('reads', rule.reads.replaceAll('`', '')),
    ...say('fix', rule.fix.replaceAll('`', '')),
    ...(rule.thread === undefined ? [] : say('seen in', rule.thread)),
  ];
  return { exitCode: ExitCode.done, document: page(rule), text: `${lines.join('\n')}\n` };
}
