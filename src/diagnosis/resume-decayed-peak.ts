import { exactRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, inForce, stepping } from './words.ts';

/** A scheduler that is built after the optimizer was restored takes the rate of the checkpoint for its peak. */
export const resumeDecayedPeak: Mode = {
  id: 'resume-decayed-peak',
  title:
    "The peak of a resumed run is taken from the restored optimizer: the checkpoint's current rate becomes the new peak",
  explain(facts) {
    const { start, expected, explains, resumed, same, differing } = facts.curves;
    const { group } = facts.violation.difference;
    // The values that are known begin at the resumed step, behind the peak.
    const peak = facts.declared.base_lrs[group] ?? Number.NaN;
    const own = inForce(facts).base_lrs?.[group];
    if (start === 0) return undefined;
    for (const at of [start, start - 1]) {
      const rate = expected(at);
      if (!(rate > 0) || same(rate, peak)) continue;
      // A single value has some ratio to any other: the scheduler's own base rate must say the same.
      if (differing < 2 && !(own !== undefined && same(own, rate))) continue;
      const share = rate / peak;
      const goesOn = explains(resumed((step) => share * expected(step)));
      if (!goesOn && !explains(resumed((step) => share * expected(step - start)))) continue;
      return {
        message: `the scheduler has taken ${exactRate(rate)} for its peak, the learning rate that the restored optimizer had at step ${at}, instead of ${exactRate(peak)}`,
        ...difference(facts),
        evidence: [
          ...(inForce(facts).base_lrs ?? [])
            .slice(0, 1)
            .map((lr) => ({ text: `the scheduler's own base learning rate is ${exactRate(lr)}` })),
          ...stepping(facts),
        ],
        fix: [
          'build the scheduler before the optimizer is restored, or restore the scheduler as well: load_state_dict() brings its own base rates back',
          `or set the peak again before it is built: for group in optimizer.param_groups: group["initial_lr"] = group["lr"] = ${exactRate(peak)}`,
        ],
      };
    }
    return undefined;
  },
};
