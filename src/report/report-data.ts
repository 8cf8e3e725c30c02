import type { Violation } from '../contract/rank-event.ts';
import { formatRates } from '../rate.ts';
import type { Rank, Run } from '../run/run.ts';
import { readPlan } from '../run-folder/plan-document.ts';
import { readRates } from '../run-folder/rates.ts';
import { rememberRun } from '../run-folder/remember.ts';
import { statusOf } from '../run-folder/status.ts';
import { curveLines } from './curve-lines.ts';
import type { ReportData } from './html.ts';

/**
 * Collects the data of a report from the run's folder.
 *
 * @throws RampcheckError `run-damaged`
 */
export function reportData(path: string, remembered = rememberRun(path)): ReportData {
  const { record, job, run, verdict } = remembered;
  const plan = readPlan(path);
  const status = statusOf(path, remembered);
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
    lines: curveLines(run, [...readRates(path)]),
    ranks: ranks.map((rank) => rankRow(run, rank)),
    warnings: run.warnings,
    window: cause?.window ?? ranks.find(({ violation }) => violation)?.violation?.window ?? [],
    plan: [
      { label: 'nodes', text: `${plan.nodes.length}, from ${plan.nodesFrom}` },
      { label: 'ranks', text: String(plan.worldSize ?? run.worldSize ?? '?') },
      ...(plan.master ? [{ label: 'rendezvous', text: `${plan.master.address}:${plan.master.port}` }] : []),
      ...(plan.batch ? [{ label: 'global batch', text: String(plan.batch.global) }] : []),
      { label: 'total steps', text: String(status.total ?? plan.steps.total.value ?? 'not known') },
      { label: 'plan', text: `sha256 ${plan.hash}` },
    ],
  };
}

function rankRow(run: Run, rank: Rank): ReportData['ranks'][number] {
  const { violation, steps, error, ended, gone } = rank;
  const trainings = [...rank.trainings.values()];
  const verb = violation?.by === 'projection' ? 'would use' : 'used';
  const [wanted, got] = violation
    ? formatRates(violation.difference.expected, violation.difference.actual)
    : [];
  return {
    rank: rank.rank,
    node: run.nodes[rank.node]?.name ?? String(rank.node),
    steps,
    agrees: !violation && trainings.length > 0 && trainings.every(({ projected }) => projected),
    difference: violation
      ? `${placeOf(violation, trainings.length)}: expected ${wanted}, ${verb} ${got}`
      : null,
    state: error ? `failed: ${error.error}` : ended ? 'ended' : gone ? 'stopped' : 'running',
  };
}

/** "step 12", "step 12, optimizer 2, group 1". */
function placeOf({ difference, optimizer = 0 }: Violation, optimizers: number): string {
  const { step, group } = difference;
  return `step ${step}${optimizers > 1 ? `, optimizer ${optimizer + 1}` : ''}${group > 0 ? `, group ${group}` : ''}`;
}
