import { formatLocation } from '../errors.ts';
import { formatRate, formatRates } from '../rate.ts';
import type { Verdict } from '../run/verdict.ts';
import { rankWords } from './fold.ts';
import { proofWords } from './proof-words.ts';
import { type Paint, wrap } from './text.ts';

const titles = {
  released: 'RELEASED',
  aborted: 'STOPPED',
  violated: 'VIOLATED',
  unverified: 'UNVERIFIED',
} as const;

/** Formats the end of a run on one screen: the cause first, then the numbers. */
export function formatVerdict(verdict: Verdict, runPath: string, columns: number, paint: Paint): string {
  const { diagnosis, first_difference: first, root_cause: cause, ranks } = verdict;
  const well = verdict.outcome === 'violated' ? paint.yellow : paint.green;
  const colour = verdict.exit_code === 0 ? well : paint.red;
  const title = verdict.state === 'failed' ? 'FAILED' : titles[verdict.outcome];
  const lines = ['', ...wrap(verdict.message, columns, `${colour(paint.bold(title))} `, 2, title.length + 1)];
  const say = (label: string, text: string) =>
    lines.push(...wrap(text, columns, `  ${label.padEnd(11)}`, 13));

  if (diagnosis) {
    lines.push('', ...wrap(diagnosis.message, columns, `  ${paint.bold('cause')}      `, 13, 13));
    for (const { location, text } of diagnosis.evidence ?? []) {
      say('', location ? `${formatLocation(location)}: ${text}` : text);
    }
    if (diagnosis.asked) say('requested', diagnosis.asked);
    if (diagnosis.would_run) say('would run', diagnosis.would_run);
    diagnosis.fix.forEach((fix, index) => {
      say(index === 0 ? 'fix' : 'or', fix);
    });
    if (diagnosis.thread) say('seen in', diagnosis.thread);
  }
  if (verdict.detected && first) {
    lines.push('');
    const before =
      verdict.detected.step === 0
        ? 'before the first optimizer step'
        : `before optimizer step ${verdict.detected.step}`;
    say('detected', `by ${verdict.detected.by}, ${before}; ${detectedBy(ranks)}`);
    const [expected, actual] = formatRates(first.expected, first.actual);
    say(
      'first seen',
      `step ${first.step}, ${first.optimizer ? `optimizer ${first.optimizer + 1}, ` : ''}group ${first.group}, rank ${first.rank} on ${first.node}: expected ${expected}, ` +
        `${verdict.detected.by === 'projection' ? 'projected' : 'used'} ${actual}`,
    );
  }
  if (cause) {
    lines.push(
      '',
      `  ${paint.bold(cause.rank === null ? cause.node : `rank ${cause.rank} on ${cause.node}`)}: ${cause.error}`,
    );
    if (cause.traceback)
      lines.push(
        '',
        ...cause.traceback
          .trimEnd()
          .split('\n')
          .map((line) => `    ${line}`),
      );
  }
  for (const { ranks: later, error, after } of laterFailures(verdict)) {
    lines.push(
      '',
      ...wrap(
        `${later.length === 1 ? 'rank' : 'ranks'} ${rankWords(later)}, ${after} s later: ${error}`,
        columns,
        '  ',
        4,
      ),
    );
  }
  lines.push('');
  if (verdict.outcome === 'released' && verdict.hold_steps !== null) {
    say('proof', `${ranks.agreeing} of ${ranks.total ?? '?'} ranks, ${proofWords(verdict)}`);
  }
  if (verdict.max_deviation !== null)
    say(
      'deviation',
      `${formatRate(verdict.max_deviation)} at most, over all ranks and groups${first ? ', up to the first difference' : ' and steps'}`,
    );
  if (verdict.seconds_to_stop !== null && verdict.exit_code !== 0) {
    const clean = verdict.nodes.every(({ nothing_left }) => nothing_left);
    say(
      'stopped',
      `${verdict.seconds_to_stop.toFixed(2)} s until ${clean ? 'no process was left on any node' : 'the last node was verified'}`,
    );
  }
  for (const warning of verdict.warnings) say('warning', warning);
  say('run', runPath);
  // A reader of only the last line must not take the run for a released one.
  if (verdict.violated_from !== null) say('violated', `from optimizer step ${verdict.violated_from} on`);
  return `${lines.join('\n')}\n`;
}

function detectedBy({ agreeing, total }: Verdict['ranks']): string {
  if (agreeing !== total) return `${agreeing} of ${total ?? '?'} ranks detected it`;
  return total === 1 ? 'the only rank detected it' : `each of the ${total} ranks detected it independently`;
}

/** The other ranks that failed, grouped by error. */
function laterFailures({
  failures,
  root_cause: cause,
}: Verdict): { ranks: number[]; error: string; after: number }[] {
  const found = new Map<string, { ranks: number[]; error: string; after: number }>();
  for (const { rank, error, seconds_later: after } of failures ?? []) {
    if (rank === cause?.rank) continue;
    const same = found.get(error);
    if (same) same.ranks.push(rank);
    else found.set(error, { ranks: [rank], error, after });
  }
  return [...found.values()];
}
