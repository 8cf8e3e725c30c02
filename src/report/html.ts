import { stripVTControlCharacters } from 'node:util';
import { formatLocation } from '../errors.ts';
import { quote } from '../job/quote.ts';
import { plural } from '../plural.ts';
import { formatRate, formatRates } from '../rate.ts';
import type { Verdict } from '../run/verdict.ts';
import { proofWords } from './proof-words.ts';
import { classesOf, type Line, lineChart } from './svg.ts';

/** The data of a report, from the run's folder. */
export interface ReportData {
  run: string;
  started: string;
  host: string;
  state: string;
  command: readonly string[];
  nodesFrom: string;
  verdict: Verdict | undefined;
  lines: readonly Line[];
  ranks: {
    rank: number;
    node: string;
    steps: number;
    agrees: boolean;
    /** "expected 5e-6, used 0 at step 1" */
    difference: string | null;
    state: string;
  }[];
  warnings: readonly string[];
  /** Around the first difference: optimizer step, expected, actual. */
  window: readonly (readonly [number, number, number])[];
  plan: { label: string; text: string }[];
}

/** Renders one self-contained page: no script, no font, no network. */
export function reportPage(data: ReportData): string {
  const { verdict } = data;
  const title = `${data.run}: ${verdict?.outcome ?? data.state}`;
  const bad = verdict ? verdict.exit_code !== 0 : data.state === 'lost';
  const violated = verdict?.outcome === 'violated';
  const colour = bad ? 'bad' : violated ? 'warn' : 'good';
  const first = verdict?.first_difference;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1><span class="badge ${colour}">${text(violated ? `violated, ${data.state}` : data.state)}</span> ${text(verdict?.message ?? 'no verdict yet')}</h1>
<p class="dim">run ${text(data.run)}, started ${text(data.started)} on ${text(data.host)}</p>
</header>
${section(
  'Learning rate',
  lineChart(data.lines, first ? { step: first.step, label: 'first difference' } : undefined) +
    `<p class="legend">${data.lines.map((line) => `<span class="key ${classesOf(line)}"></span>${text(line.label)}`).join(' &nbsp; ')}</p>`,
  data.lines.length > 0,
)}
${section('Diagnosis', diagnosis(verdict), Boolean(verdict?.diagnosis || verdict?.root_cause))}
${section('The proof', table(proof(verdict)), verdict !== undefined)}
${section(
  'Around the first difference',
  rows(
    ['step', 'expected', verdict?.detected?.by === 'projection' ? 'projected' : 'used', 'difference'],
    data.window.map(([step, expected, actual]) => [
      String(step),
      ...formatRates(expected, actual),
      formatRate(actual - expected),
    ]),
  ),
  data.window.length > 0,
)}
${section(
  'Ranks',
  rows(
    ['rank', 'node', 'steps', 'learning rate', 'state'],
    data.ranks.map(({ rank, node, steps, agrees, difference, state }) => [
      String(rank),
      node,
      String(steps),
      difference ?? (agrees ? 'as expected' : 'not proven'),
      state,
    ]),
  ),
  data.ranks.length > 0,
)}
${section('Nodes', nodes(verdict), verdict !== undefined)}
${section('Warnings', `<ul>${data.warnings.map((warning) => `<li>${text(warning)}</li>`).join('')}</ul>`, data.warnings.length > 0)}
${section('The plan', `${table(data.plan)}<pre>${text(data.command.map(quote).join(' '))}</pre>`, true)}
</body>
</html>
`;
}

function diagnosis(verdict: Verdict | undefined): string {
  const { diagnosis: found, root_cause: cause } = verdict ?? {};
  const parts: string[] = [];
  if (found) {
    parts.push(`<p><strong>${text(found.message)}</strong></p>`);
    const evidence = (found.evidence ?? []).map(({ location, text: said }) =>
      location ? `<code>${text(formatLocation(location))}</code> ${text(said)}` : text(said),
    );
    if (evidence.length) parts.push(`<ul>${evidence.map((line) => `<li>${line}</li>`).join('')}</ul>`);
    if (found.fix.length)
      parts.push(`<h3>Fix</h3><ol>${found.fix.map((fix) => `<li>${text(fix)}</li>`).join('')}</ol>`);
  }
  if (cause) {
    const who = cause.rank === null ? cause.node : `rank ${cause.rank} on ${cause.node}`;
    parts.push(`<p><strong>${text(who)}: ${text(cause.error)}</strong></p>`);
    if (cause.traceback) parts.push(`<pre>${text(cause.traceback)}</pre>`);
  }
  return parts.join('\n');
}

/** What `ranks.agreeing` counts. */
const agreeWords = {
  released: 'proved it independently',
  violated: 'detected it independently',
  aborted: 'detected it independently',
  unverified: 'reported anything',
} as const;

function proof(verdict: Verdict | undefined): { label: string; text: string }[] {
  if (!verdict) return [];
  const { ranks, detected } = verdict;
  return [
    { label: 'outcome', text: `${verdict.outcome} (exit code ${verdict.exit_code})` },
    ...(verdict.violated_from === null
      ? []
      : [{ label: 'violated', text: `from optimizer step ${verdict.violated_from} on` }]),
    { label: 'ranks', text: `${ranks.agreeing} of ${ranks.total ?? '?'} ${agreeWords[verdict.outcome]}` },
    ...(detected
      ? [
          {
            label: 'detected by',
            text: `${detected.by}${detected.step === null ? '' : `, before optimizer step ${detected.step}`}`,
          },
        ]
      : []),
    ...(verdict.hold_steps === null
      ? []
      : [
          {
            label: 'hold',
            text:
              verdict.projection === null
                ? plural(verdict.hold_steps, 'optimizer step')
                : proofWords(verdict),
          },
        ]),
    ...(verdict.max_deviation === null
      ? []
      : [{ label: 'largest deviation', text: formatRate(verdict.max_deviation) }]),
    ...(verdict.seconds_to_stop === null
      ? []
      : [{ label: 'stopped within', text: `${verdict.seconds_to_stop.toFixed(2)} s` }]),
  ];
}

function nodes(verdict: Verdict | undefined): string {
  return rows(
    ['node', 'launcher', 'processes stopped', 'after the end'],
    (verdict?.nodes ?? []).map(
      ({ name, launcher_exit: exit, processes_stopped: stopped, nothing_left: clean }) => [
        name,
        exit === null ? '' : `exit ${exit}`,
        String(stopped),
        clean ? 'no process left' : verdict?.state === 'released' ? 'running' : 'not verified',
      ],
    ),
  );
}

function section(title: string, body: string, show: boolean): string {
  return show ? `<section><h2>${title}</h2>\n${body}</section>` : '';
}

function table(entries: readonly { label: string; text: string }[]): string {
  return `<table class="facts">${entries.map(({ label, text: said }) => `<tr><th>${text(label)}</th><td>${text(said)}</td></tr>`).join('')}</table>`;
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${cells(head, 'th')}</thead><tbody>${body.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`;
}

/** Escapes the output of a run: control characters are removed, markup has no effect. */
function text(said: string): string {
  return stripVTControlCharacters(said)
    .replace(/[^\P{Cc}\t\n]/gu, '')
    .replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2330;--paper:#fff;--soft:#667085;--rule:#e4e7ec;--good:#087443;--warn:#b54708;--bad:#b42318;--expected:#98a2b3;--projected:#b54708;--observed:#175cd3}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--paper:#14181f;--soft:#98a2b3;--rule:#2b3340;--good:#47cd89;--warn:#fdb022;--bad:#f97066;--expected:#7d8899;--projected:#fdb022;--observed:#84adff}}
body{margin:0 auto;max-width:1000px;padding:32px 20px 64px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:21px;line-height:1.35;margin:0}h2{font-size:16px;margin:36px 0 10px}h3{font-size:14px;margin:14px 0 4px}
.dim,.legend{color:var(--soft)}.badge{display:inline-block;padding:1px 10px;border-radius:12px;color:var(--paper);font-size:14px;vertical-align:2px}
.badge.good{background:var(--good)}.badge.warn{background:var(--warn)}.badge.bad{background:var(--bad)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);vertical-align:top;font-variant-numeric:tabular-nums}
th{font-weight:600;color:var(--soft)}.facts th{width:170px;font-weight:400}.scroll{max-height:520px;overflow:auto}
pre,code{font:13px/1.5 ui-monospace,monospace}pre{background:color-mix(in srgb,var(--rule) 45%,transparent);padding:12px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
svg{width:100%;height:auto}svg text{fill:var(--soft);font:12px system-ui,sans-serif}.grid{stroke:var(--rule)}.line{fill:none;stroke-width:2}
.line.expected{stroke:var(--expected);stroke-width:6;opacity:.55}.line.projected{stroke:var(--projected);stroke-dasharray:7 4}.line.observed{stroke:var(--observed)}
circle.expected{fill:none}circle.projected{fill:var(--projected)}circle.observed{fill:var(--observed)}path.mark{stroke:var(--bad);stroke-dasharray:2 3}text.mark{fill:var(--bad)}
.key{display:inline-block;width:22px;height:4px;margin-right:6px;vertical-align:3px}.key.expected{background:var(--expected)}.key.projected{background:var(--projected)}.key.observed{background:var(--observed)}
.hue-1{--projected:#067647;--observed:#12b76a}.hue-2{--projected:#9e165f;--observed:#dd2590}.hue-3{--projected:#5925dc;--observed:#9b8afb}
.hue-4{--projected:#0e7090;--observed:#06aed4}.hue-5{--projected:#854a0e;--observed:#ca8504}
`;
