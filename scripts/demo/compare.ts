import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, type Series } from '../../src/report/chart.ts';

type Points = [number, number][];

/** One chart: what was asked for, what (c) would have used, what (d) used. */
export function compare(stopped: string, released: string, columns: number, color: boolean): string {
  const { samples: expected, projected } = curvesOf(stopped);
  const used = linesOf(join(released, 'lr.jsonl'))
    .filter(({ group }) => group === 0)
    .map(({ step, lr }): [number, number] => [Number(step), Number(lr)]);
  const series = [
    line('expected: the cosine that was asked for', expected),
    line('projected in (c): stopped before step 0', projected),
    line('used in (d): after the fix', used),
  ];
  return chart(series, { width: Math.min(columns, 100), height: 16, color, unicode: true });
}

function curvesOf(run: string): { samples: Points; projected: Points } {
  const events = linesOf(join(run, 'events.jsonl')).map(
    ({ event }) => event as Record<string, unknown> | undefined,
  );
  const of = (type: string) =>
    (events.find((event) => event?.type === type && event.rank === 0)?.samples ?? []) as Points;
  return { samples: of('declared'), projected: of('projected') };
}

function line(label: string, points: Points): Series {
  return { label, steps: points.map(([step]) => step), values: points.map(([, lr]) => lr) };
}

function linesOf(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}
