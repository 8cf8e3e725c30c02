import type { Mode } from './diagnosis.ts';
import { argument, withValues } from './parameters.ts';
import { difference, inForce, stepping } from './words.ts';

/** The schedule without its warmup. */
export const warmupMissing: Mode = {
  id: 'warmup-missing',
  title: 'The schedule starts at its peak: the warmup is missing',
  thread: 'https://github.com/Tencent-Hunyuan/UniRL/pull/223',
  explain(facts) {
    const { spec, explainedBy, explains, peak } = facts.curves;
    const warmup = spec && argument(spec, 'warmup');
    // An optimizer without a scheduler misses more than its warmup.
    if (!spec || !warmup || inForce(facts).class === 'no scheduler') return undefined;
    // Of a further group, one value proves nothing where more are known: it may have been left out of the first step alone.
    const { violation, curves } = facts;
    if (violation.difference.group > 0 && curves.differing < 2 && violation.assumed?.length) return undefined;
    const flatWarmup = (step: number) => (step < warmup ? peak : facts.curves.expected(step));
    const cutOff = (step: number) => facts.curves.expected(step + warmup);
    const candidates = [flatWarmup, cutOff];
    if (!explainedBy(withValues(spec, { warmup: 0 })) && !candidates.some(explains)) return undefined;
    return {
      message: `the warmup of ${warmup} steps is missing: the schedule starts at its peak`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the scheduler its warmup of ${warmup} steps; some schedules ignore it (constant, CosineAnnealingLR): use one that has a warmup`,
      ],
    };
  },
};
