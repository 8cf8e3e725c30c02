import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRates } from '../rate.ts';
import type { Rank, Run } from '../run/run.ts';
import { rememberRun } from '../run-folder/record.ts';
import { statusOf } from '../run-folder/status.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { ReportData } from './html.ts';
import type { Line } from './svg.ts';

/** More points than a screen has columns are not drawn. */
const MOST_POINTS = 1500;

/** What a report shows of a run, from its folder. */
export function reportData(path: string): ReportData {
  const { record, job, plan, run, verdict } = rememberRun(path);
  const status = statusOf(path);
  const ranks = [...run.ranks.values()].sort((a, b) => a.rank - b.rank);
  const cause = run.cause?.kind === 'violation' ? run.cause.violation : undefined;
  return {
    run: record.id,
    started: record.started.replace('T', ' ').replace(/\..*/, ' UTC'),
    host: record.host,
    state: status.state,
    command: job.command.argv,
    nodesFrom: job.nodesFrom,
    verdict,
    lines: linesOf(path, run),
    ranks: ranks.map((rank) => rankRow(run, rank)),
    warnings: run.warnings,
    window: cause?.window ?? ranks.find(({ violation }) => violation)?.violation?.window ?? [],
    plan: [
      { label: 'nodes', text: `${plan.nodes.length}, from ${plan.nodesFrom}` },
      { label: 'ranks', text: String(plan.worldSize ?? run.worldSize ?? '?') },
      ...(plan.master ? [{ label: 'meet at', text: `${plan.master.address}:${plan.master.port}` }] : []),
      ...(plan.batch ? [{ label: 'global batch', text: String(plan.batch.global) }] : []),
      { label: 'total steps', text: String(status.total ?? plan.steps.total.value ?? 'not known') },
      { label: 'plan', text: `sha256 ${plan.hash}` },
    ],
  };
}

function linesOf(path: string, run: Run): Line[] {
  const first = run.ranks.get(0) ?? [...run.ranks.values()][0];
  const declared = first?.declared;
  const observed = observedRates(path);
  const lines: Line[] = [];
  if (declared?.expected) {
    const { total, start, expected, versions } = declared;
    const lr = libraryCurve(expected, versions);
    const steps = spread(start, total > start ? total : start + observed.length);
    lines.push({
      label: `expected: ${expected.lib}:${expected.scheduler}`,
      kind: 'expected',
      points: steps.map((step) => [step, lr(step)]),
    });
  } else if (observed.some(({ expected }) => expected !== null)) {
    const points = observed.flatMap(({ step, expected }) =>
      expected === null ? [] : [[step, expected] as const],
    );
    lines.push({ label: 'expected', kind: 'expected', points: thinned(points) });
  }
  const samples = first?.projected?.samples;
  if (samples?.length)
    lines.push({ label: 'projected from the live scheduler', kind: 'projected', points: samples });
  if (observed.length > 0) {
    const points = observed.map(({ step, lr }) => [step, lr] as const);
    lines.push({ label: `used by rank ${first?.rank ?? 0}`, kind: 'observed', points: thinned(points) });
  }
  return lines;
}

function rankRow(run: Run, rank: Rank): ReportData['ranks'][number] {
  const { violation, projected, steps, error, ended, gone } = rank;
  const verb = violation?.by === 'projection' ? 'would use' : 'used';
  const [wanted, got] = violation
    ? formatRates(violation.difference.expected, violation.difference.actual)
    : [];
  return {
    rank: rank.rank,
    node: run.nodes[rank.node]?.name ?? String(rank.node),
    steps,
    agrees: !violation && projected !== undefined,
    difference: violation ? `step ${violation.difference.step}: expected ${wanted}, ${verb} ${got}` : null,
    state: error ? `failed: ${error.error}` : ended ? 'ended' : gone ? 'was stopped' : 'running',
  };
}

interface Rate {
  step: number;
  group: number;
  lr: number;
  expected: number | null;
}

/** The first parameter group's used learning rate by optimizer step. */
function observedRates(path: string): Rate[] {
  let text = '';
  try {
    text = readFileSync(join(path, 'lr.jsonl'), 'utf8');
  } catch {
    // No optimizer step was seen.
  }
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Rate)
    .filter(({ group }) => group === 0);
}

/** Steps from `first` to before `end`, few enough to draw; all of the first 100, where a warmup may be short. */
function spread(first: number, end: number): number[] {
  const stride = Math.max(1, Math.ceil((end - first) / MOST_POINTS));
  const steps: number[] = [];
  for (let step = first; step < end; step += step - first < 100 ? 1 : stride) steps.push(step);
  if (steps.at(-1) !== end - 1 && end > first) steps.push(end - 1);
  return steps;
}

function thinned<T>(points: readonly T[]): T[] {
  const stride = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  return points.filter((_, index) => index < 100 || index % stride === 0 || index === points.length - 1);
}
