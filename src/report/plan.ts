import { wouldRunWords } from '../checks/schedule-words.ts';
import { executorNamed } from '../executors/index.ts';
import { quote } from '../job/quote.ts';
import type { Plan, PlannedNode } from '../plan/plan.ts';
import type { PlannedCurve } from '../plan/planned-curve.ts';
import { grouped, plural } from '../plural.ts';
import { exactRate } from '../rate.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import { readSpan } from '../schedule/span.ts';
import type { Count } from '../schedule/steps.ts';
import { chart, type Series } from './chart.ts';
import { nodeCommandLines } from './node-command.ts';
import { type Paint, wrap } from './text.ts';

export interface PlanView {
  columns: number;
  paint: Paint;
  color: boolean;
  unicode: boolean;
}

/** Formats a plan: the numbers and where they come from, the expected curve, and each node's command to paste. */
export function formatPlan(plan: Plan, view: PlanView): string {
  const { columns, paint } = view;
  const lines: string[] = [];
  const say = (label: string, text: string) =>
    lines.push(...wrap(text, columns, `  ${paint.bold(label.padEnd(13))} `, 16, 16));
  const { batch, steps, master, expected, hold } = plan;

  lines.push(paint.bold(sizeWords(plan)));
  say('nodes', nodesWords(plan));
  if (master) say('rendezvous', `${master.address}:${master.port} (${master.why})`);
  say(
    'global batch',
    batch
      ? `${grouped(batch.global)} samples per optimizer step = ${batch.perDevice} per rank × ${plural(batch.worldSize, 'rank')} × ${batch.accumulation} accumulated`
      : 'not known: the launcher counts the ranks',
  );
  say('epoch', updatesWords(steps.updatesPerEpoch));
  say('total steps', countWords(steps.total));
  say('warmup steps', countWords(steps.warmup));
  say('hold', hold.steps === null ? hold.why : `the first ${plural(hold.steps, 'step')}: ${hold.why}`);
  if (expected.assumed.length)
    say('assumed', `${expected.assumed.join(', ')}: the library's defaults, not stated in the command`);
  plan.environment.forEach(({ name, value, source }, index) => {
    say(index === 0 ? 'environment' : '', `${name}=${quote(value)} (${source})`);
  });
  for (const note of plan.notes) say('note', note);
  say('plan', `sha256 ${plan.hash}`);
  lines.push('', ...curveLines(expected, view));
  lines.push('', ...wrap('commands to paste on each node:', columns, '', 0).map(paint.bold));
  for (const node of plan.nodes) {
    lines.push(
      '',
      paint.dim(`# ${nodeWords(plan, node)}`),
      `cd ${quote(node.cwd)} && \\`,
      ...nodeCommandLines(node, columns),
    );
  }
  return `${lines.join('\n')}\n`;
}

function nodesWords({ nodesFrom, executor, master }: Plan): string {
  // Without a rendezvous address there is one node: this machine.
  if (!master) return nodesFrom;
  return `${nodesFrom}, ${executorNamed(executor).words}`;
}

function sizeWords({ nodes, worldSize }: Plan): string {
  return worldSize === null
    ? plural(nodes.length, 'node')
    : `${plural(nodes.length, 'node')}, ${plural(worldSize, 'rank')}`;
}

function nodeWords({ nodes, worldSize }: Plan, { rank, name, slots }: PlannedNode): string {
  const first = nodes.slice(0, rank).reduce((sum, node) => sum + node.slots.length, 0);
  const last = first + slots.length - 1;
  const ranks = worldSize === null ? '' : first === last ? `: rank ${first}` : `: ranks ${first} to ${last}`;
  return `node ${rank}, ${name}${ranks}`;
}

function updatesWords(updates: Count): string {
  return updates.value === null
    ? `not known before the run: ${updates.why}`
    : `${plural(updates.value, 'optimizer step')} = ${updates.from}`;
}

function countWords(count: Count): string {
  return count.value === null
    ? `not known before the run: ${count.why}`
    : `${grouped(count.value)} = ${count.from}`;
}

function curveLines(
  { spec, why, nominal, wouldRun }: PlannedCurve,
  { columns, color, unicode, paint }: PlanView,
): string[] {
  if (!spec) return wrap(`expected learning rate: none (${why})`, columns, '', 0);
  const total = totalOf(spec) ?? nominal ?? 1000;
  const share = nominal !== null && nominal === 1000;
  const drawn =
    nominal === null
      ? ''
      : share
        ? ', by share of the run'
        : `, drawn for a run of ${grouped(nominal)} steps`;
  const title = `expected learning rate: ${spec.lib}:${spec.scheduler}, peak ${exactRate(spec.lr0)}${drawn}`;
  const series = [sample(`expected: ${spec.scheduler}`, spec, total, share)];
  if (wouldRun) series.push(sample(`as the files are: ${wouldRun.scheduler}`, wouldRun, total, share));
  const text = chart(series, { width: columns, height: 10, color, unicode });
  const labelled = share ? text.replace('optimizer steps', 'share of run, %') : text;
  const asIs = wouldRun
    ? wrap(
        `with the files as they are, a different curve would run: ${wouldRunWords({ type: wouldRun.scheduler, params: wouldRun.params }, wouldRun.lr0)}`,
        columns,
        '',
        2,
      )
    : [];
  return [...wrap(title, columns, '', 0).map(paint.bold), ...asIs, ...labelled.trimEnd().split('\n')];
}

function totalOf(spec: CurveSpec): number | undefined {
  // A schedule that wraps another one has the same length.
  const inner = spec.params.inner as CurveSpec | undefined;
  return readSpan(spec).total ?? (typeof inner === 'object' ? totalOf(inner) : undefined);
}

/** Samples a curve for a chart, however long the run is; the first part completely, because a warmup may be short. */
function sample(label: string, spec: CurveSpec, total: number, share: boolean): Series {
  const lr = libraryCurve(spec);
  const stride = Math.max(1, Math.floor(total / 2000));
  const steps: number[] = [];
  for (let step = 0; step < total; step += step < 200 ? 1 : stride) steps.push(step);
  return { label, values: steps.map(lr), steps: share ? steps.map((step) => (step / total) * 100) : steps };
}
