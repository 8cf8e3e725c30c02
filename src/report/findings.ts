import type { Evidence, Finding } from '../checks/finding.ts';
import { formatLocation } from '../errors.ts';
import { type Paint, wrap } from './text.ts';

/** Findings for people: the message, the excerpt with a caret, the requested schedule and the one that would run, and the remedies. */
export function formatFindings(findings: readonly Finding[], columns: number, paint: Paint): string {
  return findings.map((finding) => formatFinding(finding, columns, paint)).join('\n');
}

function formatFinding(finding: Finding, columns: number, paint: Paint): string {
  const { severity, rule, message, asked, wouldRun, evidence, fix, thread } = finding;
  const colour = { violation: paint.red, error: paint.red, warning: paint.yellow, note: paint.dim }[severity];
  const head = `${severity}[${rule}]`;
  // The head is too long for an indent: the message starts on the next line.
  const lines = [
    colour(paint.bold(head)),
    ...wrap(message, columns, '  ', 2).map((line) => paint.bold(line)),
  ];
  const [first, ...others] = evidence;
  if (first) lines.push(...excerpt(first, columns, paint));
  for (const { location, text, means } of others) {
    const where = location ? ` (${formatLocation(location)})` : '';
    lines.push(...wrap(`${text}${where}: ${means}`, columns, '   = ', 5));
  }
  lines.push('');
  const say = (label: string, text: string) =>
    lines.push(...wrap(text, columns, `  ${paint.bold(label.padEnd(10))}`, 12, 12));
  if (asked) say('requested', asked);
  if (wouldRun) say('would run', wouldRun);
  fix.forEach((remedy, index) => {
    say(index === 0 ? 'fix' : 'or', remedy);
  });
  if (thread) say('seen in', thread);
  return `${lines.join('\n')}\n`;
}

/** The location, the line, and a caret under the value; without a location, only the text. */
function excerpt({ location, line, text, means }: Evidence, columns: number, paint: Paint): string[] {
  if (!location) return wrap(`${text}: ${means}`, columns, '   = ', 5);
  const place = `  --> ${formatLocation(location)}`;
  if (line === undefined || location.line === undefined)
    return [place, ...wrap(`${text}: ${means}`, columns, '   = ', 5)];
  const number = String(location.line);
  const gutter = ' '.repeat(number.length);
  const column = (location.column ?? 1) - 1;
  // Long lines (a config on one line) are cut on both sides of the value.
  const room = Math.max(20, columns - number.length - 4);
  const from = line.length <= room ? 0 : Math.max(0, column - Math.floor(room / 3));
  const shown = line.slice(from, from + room);
  const length = Math.max(1, Math.min(valueLength(line.slice(column)), shown.length - (column - from)));
  const caret = ' '.repeat(column - from) + '^'.repeat(length);
  return [
    paint.dim(place),
    paint.dim(` ${gutter} |`),
    `${paint.dim(` ${number} |`)} ${shown}`,
    ...wrap(
      means,
      columns,
      `${paint.dim(` ${gutter} |`)} ${paint.red(caret)} `,
      4 + gutter.length,
      gutter.length + caret.length + 5,
    ),
  ];
}

/** The length of the JSON value at the start of `rest`: a string, or everything up to the next separator. */
function valueLength(rest: string): number {
  return (/^"(?:[^"\\]|\\.)*"|^[^\s,}\]]+/.exec(rest)?.[0] ?? '^').length;
}
