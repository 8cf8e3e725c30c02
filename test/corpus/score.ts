import type { Result } from './play.ts';

export interface Score {
  class: string;
  failing: number;
  caught: number;
  earliest: number;
  diagnosed: number;
  healthy: number;
  falseAlarms: number;
  seconds: number;
}

const titles: Readonly<Record<string, string>> = {
  A: 'DeepSpeed config against the arguments',
  B: 'ranks and gradient accumulation',
  C: 'total number of steps',
  D: 'resume',
  E: 'skipped updates',
  F: 'off by one, logging',
  G: 'schedule functions and arguments',
  H: 'parameter groups, special optimizers',
};

/** Share of right diagnoses that the corpus must reach; everything else must be all of them. */
export const DIAGNOSED_TARGET = 0.9;

/** The figures of each class, and of all of them together under the class `all`. */
export function scores(results: readonly Result[]): Score[] {
  const classes = [...new Set(results.map((result) => result.class))].sort();
  return [
    ...classes.map((name) =>
      score(
        name,
        results.filter((result) => result.class === name),
      ),
    ),
    score('all', results),
  ];
}

/** What misses a target, in words. */
export function missed(total: Score): string[] {
  const misses: string[] = [];
  if (total.caught < total.failing)
    misses.push(`${total.failing - total.caught} failing cases were not stopped`);
  if (total.falseAlarms > 0) misses.push(`${total.falseAlarms} healthy cases were not released`);
  if (total.earliest < total.caught)
    misses.push(`${total.caught - total.earliest} were stopped later than they could be`);
  if (total.diagnosed < DIAGNOSED_TARGET * total.failing)
    misses.push(`${total.failing - total.diagnosed} diagnoses are wrong, more than 10 %`);
  return misses;
}

export function table(rows: readonly Score[]): string {
  const head = ['class', 'failing', 'caught', 'earliest', 'diagnosed', 'healthy', 'false alarms', 'seconds'];
  const lines = rows.map((row) => [
    row.class === 'all' ? 'all' : `${row.class} ${titles[row.class] ?? ''}`,
    ...[row.failing, row.caught, row.earliest, row.diagnosed, row.healthy, row.falseAlarms].map(String),
    row.seconds.toFixed(0),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...lines.map(line)].join(
    '\n',
  );
}

function score(name: string, results: readonly Result[]): Score {
  const failing = results.filter((result) => result.failing);
  const healthy = results.filter((result) => !result.failing);
  const count = (some: readonly Result[], test: (result: Result) => boolean) => some.filter(test).length;
  return {
    class: name,
    failing: failing.length,
    caught: count(failing, ({ right }) => right),
    earliest: count(failing, ({ earliest }) => earliest),
    diagnosed: count(failing, ({ right, diagnosed }) => right && diagnosed),
    healthy: healthy.length,
    falseAlarms: count(healthy, ({ right }) => !right),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
