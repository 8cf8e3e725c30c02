import { formatRate, formatRates } from '../rate.ts';
import type { RunStatus } from '../run-folder/status.ts';
import { shownText } from '../shown-text.ts';
import { curveName } from './curve-name.ts';
import { type Paint, wrap } from './text.ts';

/** Formats the status of one run, on one screen at most. */
export function formatStatus(status: RunStatus, columns: number, paint: Paint, now = Date.now()): string {
  const lines: string[] = [];
  const say = (label: string, text: string) =>
    lines.push(...wrap(shownText(text), columns, `  ${label.padEnd(11)}`, 13));
  const { verdict, ranks, lr } = status;

  lines.push(`${paint.bold(status.run)} ${paintState(status, paint)}`);
  say('started', `${age(status.started, now)} ago on ${status.host}`);
  say('attended', attendedWords(status));
  say('command', status.command.join(' '));
  if (verdict) say('verdict', `${verdict.outcome}: ${verdict.message}`);
  if (verdict?.diagnosis) say('cause', verdict.diagnosis.message);
  for (const fix of verdict?.diagnosis?.fix ?? []) say('fix', fix);
  if (status.step !== null) {
    const all = status.total === null ? '' : ` of ${status.total.toLocaleString('en-US')}`;
    say('steps', `${status.step.toLocaleString('en-US')}${all}`);
  }
  for (const [at, rate] of lr.entries()) {
    const { lr: used, expected, step } = rate;
    const [got, wanted] = expected === null ? [formatRate(used)] : formatRates(used, expected);
    const name = curveName(rate, lr);
    const which = step + 1 === status.step ? name : `${name}, step ${step}`;
    say(
      at === 0 ? 'used LR' : '',
      `${got}, ${wanted === undefined ? 'no expected value' : `expected ${wanted}`}${name ? ` (${which})` : ''}`,
    );
  }
  if (status.max_deviation !== null) say('deviation', `${formatRate(status.max_deviation)} at most`);
  const found = verdict?.outcome === 'violated' || verdict?.outcome === 'aborted';
  say(
    'ranks',
    `${ranks.running} of ${ranks.total ?? '?'} running, ${ranks.agreeing} ${found ? 'found the difference' : 'agree'}`,
  );
  say('nodes', nodesWords(status));
  for (const warning of status.warnings) say('warning', warning);
  say('folder', status.path);
  return `${lines.join('\n')}\n`;
}

export interface ListedRun {
  run: string;
  state: RunStatus['state'];
  attended: boolean;
  outcome: string | null;
  violated_from: number | null;
  step: number | null;
  nodes: number;
  started: string;
  command: readonly string[];
  path: string;
}

/** Formats runs as a table, cut to the width of the terminal. */
export function formatRuns(
  runs: readonly ListedRun[],
  columns: number,
  paint: Paint,
  now = Date.now(),
): string {
  const rows = runs.map(
    ({ run, state, attended, outcome, violated_from: violatedFrom, step, nodes, started, command }) => [
      run,
      attended || state !== 'released' ? state : 'detached',
      violatedFrom === null ? (outcome ?? '-') : `violated from ${violatedFrom}`,
      step === null ? '-' : String(step),
      String(nodes),
      age(started, now),
      command.join(' '),
    ],
  );
  const table = [['RUN', 'STATE', 'VERDICT', 'STEPS', 'NODES', 'AGE', 'COMMAND'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .slice(0, columns)
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  return [paint.bold(head), ...body].map((line) => `${line}\n`).join('');
}

/** `12 s`, `5 min`, `3 h`, `2 d`. */
export function age(since: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

function paintState({ state, attended, batch, verdict }: RunStatus, paint: Paint): string {
  if (state === 'lost' || state === 'failed' || state === 'aborted') return paint.red(state);
  if (state === 'released' && !attended && !batch) return paint.yellow('released, detached');
  if (verdict?.outcome === 'violated') return paint.yellow(`${state}, violated`);
  return state === 'released' || state === 'finished' ? paint.green(state) : paint.yellow(state);
}

function attendedWords({ state, attended, batch }: RunStatus): string {
  if (batch) return `${batch.title} job ${batch.job ?? '?'}: ${batch.words || batch.phase}`;
  if (attended) return `by process ${attended.pid} on ${attended.host}`;
  if (state === 'released') return 'no (detached; rampcheck attach follows it again)';
  return state === 'lost' ? 'no (the launcher ended while the run was held)' : 'no (finished)';
}

function nodesWords({ nodes }: RunStatus): string {
  const states = ['starting', 'running', 'ended'] as const;
  const counted = states
    .map((state) => ({ state, names: nodes.filter((node) => node.state === state).map(({ name }) => name) }))
    .filter(({ names }) => names.length > 0);
  return counted
    .map(({ state, names }) => `${names.length} ${state}${names.length <= 8 ? ` (${names.join(', ')})` : ''}`)
    .join(', ');
}
