import type { LogVerdict } from '../logs/judge-log.ts';
import type { LoggedRate } from '../logs/log.ts';
import { plural } from '../plural.ts';
import { exactRate, formatRate, formatRates } from '../rate.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import { type Paint, wrap } from './text.ts';

/** What `verify --json` prints. */
export interface LogReport extends LogVerdict {
  expected: { name: string; spec: CurveSpec | null; total: number };
  /** The curve that replaces the requested one because of the command's files, if the log follows that curve. */
  instead: string | null;
  logs: { file: string; format: string; rates: number }[];
}

const shownWords = {
  used: 'the learning rate of the step that each line reports',
  next: 'the learning rate of the step after the reported one',
} as const;

/** How many logged rates are shown on each side of the first difference. */
const AROUND = 5;

/** A log's verdict on one screen: what differs, where, and the rates around that line. */
export function formatLogVerdict(
  report: LogReport,
  { rates, expected }: { rates: readonly LoggedRate[]; expected: ArrayLike<number> },
  { columns, paint }: { columns: number; paint: Paint },
): string {
  const { outcome, difference, steps, why, instead, deviation, shown } = report;
  const { name, total, spec } = report.expected;
  const range = steps ? `steps ${steps[0]} to ${steps[1]} of ${total}` : `${total} steps`;
  const [title, said] = {
    agrees: [
      paint.green(paint.bold('AGREES')),
      `${plural(report.compared, 'learning rate')} ${report.compared === 1 ? 'follows' : 'follow'} ${name}, ${range}`,
    ],
    differs: [paint.red(paint.bold('DIFFERS')), `the log leaves ${name} at step ${difference?.step}`],
    unverified: [paint.yellow(paint.bold('UNVERIFIED')), why ?? ''],
  }[outcome] as [string, string];
  const lines = wrap(said, columns, `${title} `, 2, outcome.length + 1);
  lines.push('');
  const say = (label: string, text: string) =>
    lines.push(...wrap(text, columns, `  ${label.padEnd(11)}`, 13));
  for (const log of report.logs)
    say('log', `${log.file}: ${log.format}, ${plural(log.rates, 'learning rate')}`);
  if (spec) say('requested', `${name}, lr ${exactRate(spec.lr0)}, ${JSON.stringify(spec.params)}`);
  if (shown) say('log shows', shownWords[shown]);
  if (outcome !== 'differs' && report.compared > 0)
    say('deviation', `${formatRate(deviation)} at most${difference ? ', before the first difference' : ''}`);
  if (difference) {
    const { step, file, line, logged, expected: wanted, within } = difference;
    const digits =
      within > 1e-9 * Math.abs(wanted) ? ` (${formatRate(within)} may be lost to rounding in the log)` : '';
    const [right, printed] = formatRates(wanted, logged);
    say(
      'first seen',
      `step ${step}, ${file}${line === null ? '' : `:${line}`}: expected ${right}, logged ${printed}${digits}`,
    );
    if (instead)
      say(
        'instead',
        `the log follows ${instead}, which replaces it because of the command's files: run rampcheck check to see where, and rampcheck fix for both remedies`,
      );
    lines.push('', ...table(rates, expected, shown === 'next' ? 0 : 1, difference.step));
  }
  return `${lines.join('\n')}\n`;
}

function table(
  rates: readonly LoggedRate[],
  expected: ArrayLike<number>,
  back: number,
  first: number,
): string[] {
  const at = rates.findIndex(({ done }) => done - back === first);
  const rows = rates.slice(Math.max(0, at - AROUND), at + AROUND).map(({ done, lr }) => {
    const step = done - back;
    const wanted = expected[step];
    return [String(step), ...(wanted === undefined ? ['', formatRate(lr)] : formatRates(wanted, lr))];
  });
  const cells = [['step', 'expected', 'logged'], ...rows];
  return cells.map(
    ([step = '', wanted = '', logged = '']) =>
      `  ${step.padStart(9)}  ${wanted.padEnd(12)}  ${logged.padEnd(12)}`.trimEnd() +
      (step === String(first) ? '  ← first difference' : ''),
  );
}
