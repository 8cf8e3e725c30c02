import { formatRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, inForce } from './words.ts';

/** No scheduler is bound to the optimizer that steps: it was built again after the scheduler, or never had one. */
export const noScheduler: Mode = {
  id: 'no-scheduler',
  title: 'No scheduler drives the optimizer that steps: it was built again after its scheduler, or has none',
  explain(facts) {
    const { violation, declared, curves } = facts;
    const { actual, step, group } = violation.difference;
    if (violation.by !== 'observation' || inForce(facts).class !== 'no scheduler') return undefined;
    // A loop that writes the groups itself has no scheduler either; there the rate moves. At the first update only the rate that the
    // group was made with can tell, and not for a resumed run, whose checkpoint may bring another one.
    const first = step === curves.start;
    const still = first ? declared.base_lrs[group] : declared.lrs?.[group];
    if (still === undefined || (first && curves.start > 0) || !curves.same(still, actual)) return undefined;
    const optimizer = declared.optimizer_class?.class ?? 'optimizer';
    return {
      message: `no scheduler drives this ${optimizer}: it stays at ${formatRate(actual)}`,
      ...difference(facts),
      evidence: [
        {
          text: `in force: no scheduler for ${optimizer}; one that was made for another optimizer does not reach it`,
        },
      ],
      fix: [
        'build the scheduler with the optimizer that steps: an optimizer that is made again (after loading, after a first phase) needs a new scheduler',
        'if the rate is meant to stay as it is, state it: --expect "transformers:constant lr=… total=…"',
      ],
    };
  },
};
