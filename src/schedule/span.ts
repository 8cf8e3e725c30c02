import { RampcheckError } from '../errors.ts';
import { namesOf } from './families.ts';
import type { CurveSpec } from './schedule.ts';

/** The warmup and the length of a run in optimizer steps, as far as a schedule's arguments state them. */
export interface Span {
  warmup?: number | undefined;
  total?: number | undefined;
}

/** The warmup and the total stated in a schedule's arguments. */
export function readSpan(spec: CurveSpec): Span {
  const { warmup = [], total = [] } = namesOf(spec);
  const stated = (names: readonly string[]) =>
    names.map((name) => spec.params[name]).find((value) => typeof value === 'number');
  return { warmup: stated(warmup), total: stated(total) };
}

/** Arguments that state the warmup and the total with a schedule's own names; undefined if it has names for neither. */
export function writeSpan(
  schedule: Pick<CurveSpec, 'lib' | 'scheduler'>,
  { warmup, total }: Span,
): Record<string, unknown> | undefined {
  const names = namesOf(schedule);
  if (!names.warmup && !names.total) return undefined;
  const params: Record<string, unknown> = {};
  if (names.warmup?.[0] !== undefined && warmup !== undefined) params[names.warmup[0]] = warmup;
  if (names.total?.[0] !== undefined && total !== undefined) params[names.total[0]] = total;
  return params;
}

/** The lengths of a warmup that does not end within its run; undefined if it does, or if it is not known. */
export function longWarmup(spec: CurveSpec): { warmup: number; total: number; name: string } | undefined {
  const { warmup: [name] = [], checksWarmup } = namesOf(spec);
  const { warmup, total } = readSpan(spec);
  if (checksWarmup || name === undefined || warmup === undefined || total === undefined) return undefined;
  return warmup > total ? { warmup, total, name } : undefined;
}

/** Refuses a warmup that does not end within its run, where a curve is looked at and no run is started with it. */
export function assertWarmupEnds(spec: CurveSpec): void {
  const long = longWarmup(spec);
  if (!long) return;
  throw new RampcheckError(
    'warmup-longer-than-run',
    `${spec.lib}:${spec.scheduler}: the warmup of ${long.warmup} steps is longer than the run of ${long.total}`,
    { hint: `the peak would never be reached: lower ${long.name} or make the run longer` },
  );
}
