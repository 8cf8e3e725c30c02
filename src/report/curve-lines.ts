import type { Declared } from '../contract/rank-event.ts';
import type { Run } from '../run/run.ts';
import type { UsedRate } from '../run-folder/rates.ts';
import { libraryCurve } from '../schedule/index.ts';
import { type CurveKey, curveName } from './curve-name.ts';
import type { Line } from './svg.ts';

/** The maximum number of points per line: a screen has fewer columns. */
const MOST_POINTS = 1500;
/** More curves could not be distinguished: further groups of each optimizer are left out. */
const MOST_GROUPS = 6;

type Point = readonly [step: number, lr: number];

/** One learning rate of the run: expected, projected and used. */
interface Curve extends CurveKey {
  expected: readonly Point[];
  projected: readonly Point[];
  used: readonly Point[];
  /** The schedule, if it has a name. */
  schedule?: string;
}

/** The lines of a report: the expected, the projected and the used learning rate of every optimizer and parameter group. */
export function curveLines(run: Run, rates: readonly UsedRate[]): Line[] {
  const curves = curvesOf(run, rates);
  const rank = run.ranks.has(0) ? 0 : ([...run.ranks.keys()][0] ?? 0);
  return curves.flatMap((curve, hue) => {
    const name = curveName(curve, curves);
    const line = (kind: Line['kind'], label: string, points: readonly Point[]): Line[] =>
      points.length === 0 ? [] : [{ kind, hue, label: name ? `${label} (${name})` : label, points }];
    return [
      ...line('expected', curve.schedule ? `expected: ${curve.schedule}` : 'expected', curve.expected),
      ...line('projected', 'projected from the live scheduler', curve.projected),
      ...line('observed', `used by rank ${rank}`, curve.used),
    ];
  });
}

function curvesOf(run: Run, rates: readonly UsedRate[]): Curve[] {
  const { trainings } = run.ranks.get(0) ?? [...run.ranks.values()][0] ?? { trainings: new Map() };
  const optimizers = new Set([...trainings.keys(), ...rates.map(({ optimizer }) => optimizer)]);
  return [...optimizers]
    .sort((a, b) => a - b)
    .flatMap((optimizer) => {
      const { declared, projected } = trainings.get(optimizer) ?? {};
      const own = Map.groupBy(
        rates.filter((rate) => rate.optimizer === optimizer),
        ({ group }) => group,
      );
      const groups = [...new Set([...(declared?.base_lrs.keys() ?? []), ...own.keys()])].sort(
        (a, b) => a - b,
      );
      const curves = groups.map((group): Curve => {
        const used = own.get(group) ?? [];
        const schedule = declared?.expected && `${declared.expected.lib}:${declared.expected.scheduler}`;
        return {
          optimizer,
          group,
          expected: declared?.expected ? expectedPoints(declared, group, used.length) : expectedIn(used),
          // A rank sends only the projection of its first group.
          projected: group === 0 ? (projected?.samples ?? []) : [],
          used: thinned(used.map(({ step, lr }) => [step, lr])),
          ...(schedule ? { schedule } : {}),
        };
      });
      return distinct(curves).slice(0, MOST_GROUPS);
    });
}

/** The curve of the expected schedule, scaled to the group. */
function expectedPoints(declared: Declared, group: number, seen: number): Point[] {
  const { total, start, expected, versions, base_lrs } = declared;
  if (!expected) return [];
  const lr = libraryCurve(expected, versions);
  const [first = 1, own = first] = [base_lrs[0], base_lrs[group]];
  const scale = first === 0 ? 1 : own / first;
  return spread(start, total > start ? total : start + seen).map((step) => [step, lr(step) * scale]);
}

function expectedIn(used: readonly UsedRate[]): readonly Point[] {
  return thinned(
    used.flatMap(({ step, expected }) => (expected === null ? [] : [[step, expected] as const])),
  );
}

/** Groups with the same learning rates (for example with and without weight decay) share one line. */
function distinct(curves: readonly Curve[]): Curve[] {
  const seen = new Set<string>();
  return curves.filter(({ expected, used }) => {
    const key = JSON.stringify([expected, used]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Steps from `first` up to `end` (exclusive), few enough to draw. The first 100 are all included, because a warmup may be short. */
function spread(first: number, end: number): number[] {
  const stride = Math.max(1, Math.ceil((end - first) / MOST_POINTS));
  const steps: number[] = [];
  for (let step = first; step < end; step += step - first < 100 ? 1 : stride) steps.push(step);
  if (steps.at(-1) !== end - 1 && end > first) steps.push(end - 1);
  return steps;
}

function thinned(points: readonly Point[]): readonly Point[] {
  const stride = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  return points.filter((_, index) => index < 100 || index % stride === 0 || index === points.length - 1);
}
