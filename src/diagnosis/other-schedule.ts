import { families } from '../schedule/index.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import type { Mode } from './diagnosis.ts';
import { argument } from './parameters.ts';
import { difference, stepping } from './words.ts';

/** A different schedule of a library, with the same peak, warmup and total. */
export const otherSchedule: Mode = {
  id: 'other-schedule',
  title: 'A different schedule is in force, with the same peak, warmup and total',
  thread: 'https://github.com/axolotl-ai-cloud/axolotl/pull/1062',
  explain(facts) {
    const { spec, explainedBy, total, differing } = facts.curves;
    if (!spec || differing < 2) return undefined;
    const found = alternatives(spec, total).find((other) => explainedBy(other));
    if (!found) return undefined;
    return {
      message: `the run follows ${found.lib}'s ${found.scheduler} schedule, not ${spec.scheduler}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `build the requested ${spec.scheduler} scheduler`,
        `or accept the schedule in force: --expect "${found.lib}:${found.scheduler} lr=${spec.lr0} warmup=${argument(spec, 'warmup') ?? 0} total=${total}"`,
      ],
    };
  },
};

function alternatives(spec: CurveSpec, total: number): CurveSpec[] {
  const warmup = argument(spec, 'warmup') ?? 0;
  const transformers = (families[0]?.schedules ?? []).map(({ name }) => ({
    lib: 'transformers',
    scheduler: name,
    params: { num_warmup_steps: warmup, num_training_steps: total },
    lr0: spec.lr0,
  }));
  const cosine = { lib: 'torch', scheduler: 'CosineAnnealingLR', params: { T_max: total }, lr0: spec.lr0 };
  return [...transformers, cosine].filter(
    ({ lib, scheduler }) => lib !== spec.lib || scheduler !== spec.scheduler,
  );
}
