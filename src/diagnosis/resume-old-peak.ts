import { exactRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, inForce, stepping } from './words.ts';

/** A resumed run keeps the base learning rate of its checkpoint and ignores the new one. */
export const resumeOldPeak: Mode = {
  id: 'resume-old-peak',
  title: 'A resumed run keeps the learning rate of its checkpoint: the new one is ignored',
  thread: 'https://github.com/hiyouga/LlamaFactory/issues/4595',
  explain(facts) {
    const { start, points, expected, explains, resumed, peak, same } = facts.curves;
    const reference = points.findLast(({ expected: wanted }) => !same(wanted, 0));
    if (start === 0 || !reference) return undefined;
    const ratio = reference.actual / reference.expected;
    // A single value has some ratio to any other, which proves nothing.
    if (ratio === 0 || (points.length < 2 && !isWhole(ratio))) return undefined;
    if (same(ratio * peak, peak) || !explains(resumed((step) => ratio * expected(step)))) return undefined;
    // A ratio of two computed values carries their rounding.
    const old = Number((ratio * facts.declared.asked.lr0).toPrecision(9));
    return {
      message: `the run requests a peak of ${exactRate(facts.declared.asked.lr0)}, but its scheduler was restored with the base learning rate of the checkpoint, ${exactRate(old)}`,
      ...difference(facts),
      evidence: [
        ...(inForce(facts).base_lrs ?? [])
          .slice(0, 1)
          .map((lr) => ({ text: `the scheduler's own base learning rate is ${exactRate(lr)}` })),
        ...stepping(facts),
      ],
      fix: [
        `keep the old one: --learning_rate ${exactRate(old)}`,
        'to change it, start a new schedule from the weights alone (without resuming optimizer and scheduler)',
      ],
    };
  },
};

/** Returns whether the ratio looks chosen by a person: 2, 10, 1/2. */
function isWhole(ratio: number): boolean {
  return [ratio, 1 / ratio].some((value) => value > 1 && Math.abs(value - Math.round(value)) < 1e-9);
}
