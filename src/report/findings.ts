import type { Evidence, Finding } from '../checks/finding.ts';
import { formatLocation } from '../errors.ts';
import { type Paint, wrap } from './text.ts';

/** Findings for people: the message, the excerpt with a caret, asked against would run, and the ways out. */
export function formatFindings(findings: readonly Finding[], columns: number, paint: Paint): string {
  return findings.map((finding) => formatFinding(finding, columns, paint)).join('\n');
}

function formatFinding(finding: Finding, columns: number, paint: Paint): string {
  const { severity, rule, message, asked, wouldRun, evidence, fix, thread } = finding;
  const colour = { violation: paint.red, error: paint.red, warning: paint.yellow, note: paint.dim }[severity];
  const head = `${severity}[${rule}]`;
  // The head is longer than an indent should be: the message starts on a line of its own behind it.
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
  if (asked) say('asked', asked);
  if (wouldRun) say('would run', wouldRun);
  fix.forEach((remedy, index) => {
    say(index === 0 ? 'fix' : 'or', remedy);
  });
  if (thread) say('met in', thread);
  return `${lines.join('\n')}\n`;
}

/** The place, the line, and a caret under what is meant; without a place, the text alone. */
function excerpt({ location, line, text, means }: Evidence, columns: number, paint: Paint): string[] {
  if (!location) return wrap(`${text}: ${means}`, columns, '   = ', 5);
  const place = `  --> ${formatLocation(location)}`;
  if (line === undefined || location.line === undefined)
    return [place, ...wrap(`${text}: ${means}`, columns, '   = ', 5)];
  const number = String(location.line);
  const gutter = ' '.repeat(number.length);
  const column = (location.column ?? 1) - 1;
  // Long lines (a config in one line) are cut around the place.
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

/** How much of a line a JSON value takes: its string, or up to the next separator. */
function valueLength(rest: string): number {
  return (/^"(?:[^"\\]|\\.)*"|^[^\s,}\]]+/.exec(rest)?.[0] ?? '^').length;
}
