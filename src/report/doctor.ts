import type { Problem } from '../doctor/check.ts';
import type { Examination } from '../doctor/examine.ts';
import { plural } from '../plural.ts';
import { type Paint, wrap } from './text.ts';

/** The result of doctor: a line for each check, with its problems, their nodes and what to do about them. */
export function formatExamination(found: Examination, columns: number, paint: Paint): string {
  const lines: string[] = [];
  const marks = { ok: paint.green('ok  '), warning: paint.yellow('warn'), fatal: paint.red('FAIL') };
  for (const { id, summary, problems } of found.checks) {
    const worst = problems.some(({ severity }) => severity === 'fatal')
      ? 'fatal'
      : problems.length
        ? 'warning'
        : 'ok';
    const head = `${marks[worst]} ${id.padEnd(10)} `;
    if (worst === 'ok') lines.push(...wrap(summary, columns, head, 16, 16));
    else
      for (const [index, line] of folded(problems).entries()) {
        const first = index === 0 ? head : ' '.repeat(16);
        lines.push(...wrap(`${line.nodes}${line.message}`, columns, first, 16, 16));
        lines.push(...wrap(paint.dim(`→ ${line.fix}`), columns, ' '.repeat(16), 18));
      }
  }
  lines.push(...matrix(found, paint));
  const { length } = found.nodes;
  const counts = [counted(found.fatal, 'fatal problem'), counted(found.warnings, 'warning')].filter(Boolean);
  const verdict = counts.length ? counts.join(', ') : paint.green('no problems');
  lines.push('', `${plural(length, 'node')} in ${found.seconds.toFixed(1)} s: ${verdict}`);
  if (found.excludeLine) lines.push(`to exclude the failing nodes: ${paint.bold(found.excludeLine)}`);
  return `${lines.join('\n')}\n`;
}

/** One line per problem, with all the nodes that have it. */
function folded(problems: readonly Problem[]): { nodes: string; message: string; fix: string }[] {
  const groups = new Map<string, { names: string[]; message: string; fix: string }>();
  for (const { node, message, fix } of problems) {
    const group = groups.get(`${message}\n${fix}`) ?? { names: [], message, fix };
    if (node !== null) group.names.push(node);
    groups.set(`${message}\n${fix}`, group);
  }
  return [...groups.values()].map(({ names, message, fix }) => {
    const listed =
      names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
    return { nodes: listed ? `${listed}: ` : '', message, fix };
  });
}

/** The matrix of versions: one column for all nodes with equal versions; differences from the most common column are marked. */
function matrix({ versions: { names, groups } }: Examination, paint: Paint): string[] {
  if (names.length === 0 || groups.length === 0) return [];
  const [most] = groups;
  const label = (nodes: readonly string[]) =>
    nodes.length === 1 ? (nodes[0] ?? '') : nodes.length > 2 ? `${nodes.length} nodes` : nodes.join(', ');
  const cell = (version: string | null | undefined, row: number) =>
    `${version === most?.versions[row] ? '' : '*'}${version ?? '-'}`;
  const table = [
    ['', ...groups.map(({ nodes }) => label(nodes))],
    ...names.map((name, row) => [name, ...groups.map(({ versions }) => cell(versions[row], row))]),
  ];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((text, column) => {
        const padded = text.padEnd(widths[column] ?? 0);
        return text.startsWith('*') ? paint.red(padded) : padded;
      })
      .join('  ')
      .trimEnd(),
  );
  return ['', ...lines];
}

function counted(number: number, noun: string): string {
  return number === 0 ? '' : plural(number, noun);
}
