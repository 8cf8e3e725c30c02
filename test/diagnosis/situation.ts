import type { Declared, InForce, Violation } from '../../src/contract/rank-event.ts';
import type { Told } from '../../src/diagnosis/diagnosis.ts';
import type { Job } from '../../src/job/job.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import type { Curve, CurveSpec } from '../../src/schedule/schedule.ts';

export const TOTAL = 40;
export const own: InForce = {
  class: 'LambdaLR',
  module: 'torch.optim.lr_scheduler',
  stepped_by: 'the training loop',
};

export interface Situation {
  asked: CurveSpec;
  /** Optimizer steps of the run; 40 when absent. */
  total?: number;
  /** The first step at which the two are compared. */
  from?: number;
  /** What the optimizer uses at a step. */
  actual: Curve;
  /** What is expected of the group, when --expect has values for it. */
  expected?: Curve;
  start?: number;
  group?: number;
  base_lrs?: number[];
  /** Who states what is expected. */
  source?: string;
  /** The expected curve is values of --expect, without a name. */
  values?: true;
  by?: Violation['by'];
  in_force?: InForce;
  deepspeed?: Declared['deepspeed'];
  training?: Declared['training'];
  versions?: Declared['versions'];
  violation?: Partial<Violation>;
  /** The rate of the scheduler is not known yet. */
  assumed?: boolean;
  alone?: Told['alone'];
}

/** What a rank tells of two curves, as the callback does: ten steps around the first difference, or the one that was observed. */
export function told(situation: Situation, job: Job): Told {
  const { asked, actual, start = 0, group = 0, by = 'projection', in_force = own, alone } = situation;
  const { total = TOTAL, from = start } = situation;
  const bases = situation.base_lrs ?? [asked.lr0];
  const scale = (bases[group] ?? asked.lr0) / (bases[0] ?? asked.lr0);
  const lr = libraryCurve(asked, situation.versions);
  const expected = situation.expected ?? ((step: number) => lr(step) * scale);
  const differs = (at: number) => !(Math.abs(expected(at) - actual(at)) <= 1e-12 * asked.lr0);
  let step = from;
  while (step < total && !differs(step)) step += 1;
  if (step === total) throw new Error('these curves do not differ');
  const rows = (first: number, end: number, stride = 1) => {
    const found: [number, number, number][] = [];
    for (let at = Math.max(start, first); at < Math.min(total, end); at += stride)
      found.push([at, expected(at), actual(at)]);
    return found;
  };
  const window = by === 'observation' ? rows(step, step + 1) : rows(step - 3, step + 7);
  const last = Math.min(total, step + 20_000);
  const further = (first: number) => rows(first, last, Math.max(1, Math.floor((last - first) / 64)));
  const declared: Declared = {
    asked: situation.values ? { lib: 'expect', scheduler: '--expect', params: {}, lr0: asked.lr0 } : asked,
    expected: situation.values ? null : asked,
    ...(situation.source ? { source: situation.source } : {}),
    total,
    start,
    base_lrs: bases,
    lrs: bases.map(() => actual(start)),
    in_force,
    deepspeed: situation.deepspeed ?? null,
    versions: situation.versions ?? {},
    training: { world_size: 1, gradient_accumulation_steps: 1, ...situation.training },
    samples: spread(start, total).map((at) => [at, group === 0 ? expected(at) : lr(at)]),
  };
  const violation: Violation = {
    by,
    step: by === 'observation' ? step : start,
    difference: { step, group, expected: expected(step), actual: actual(step) },
    max_deviation: 1,
    window,
    rest: by === 'observation' ? [] : further(step + 7),
    ...(situation.assumed ? { assumed: further(step + 1) } : {}),
    ...situation.violation,
  };
  return { job, declared, violation, findings: [], ...(alone ? { alone } : {}) };
}

/** Steps from `start` to before `end`, 256 of them at most. */
function spread(start: number, end: number): number[] {
  const stride = Math.max(1, Math.floor((end - start) / 256));
  return Array.from({ length: Math.ceil((end - start) / stride) }, (_, at) => start + at * stride);
}
