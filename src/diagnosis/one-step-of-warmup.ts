import { formatRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A warmup of 0 steps that is made one: `step / max(1, warmup)`. */
export const oneStepOfWarmup: Mode = {
  id: 'one-step-of-warmup',
  title:
    'One step of warmup that nobody asked for: the first update is made at 0, the next ones are as expected',
  thread: 'https://github.com/verl-project/verl/issues/3674',
  explain(facts) {
    const { start, points, same, expected } = facts.curves;
    const [first, ...rest] = points.filter(({ step }) => step >= start);
    if (start !== 0 || first?.step !== 0 || rest.length === 0) return undefined;
    // Where a warmup is asked for, the expected curve rises after its first value.
    if (!same(first.actual, 0) || same(first.expected, 0) || expected(1) > first.expected) return undefined;
    if (!rest.every((point) => same(point.actual, point.expected))) return undefined;
    return {
      message: `no warmup was requested, and the schedule has one step of it: the first update uses 0 instead of ${formatRate(first.expected)} and changes nothing`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'let the schedule start at its peak when the warmup is 0: 1.0 if warmup == 0 else min(1.0, step / warmup), instead of step / max(1, warmup)',
        'if one step of warmup is meant, state it: warmup=1',
      ],
    };
  },
};
