import { formatRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A constant value from the first difference on, while the expected curve moves. */
export const flat: Mode = {
  id: 'flat',
  title: 'The learning rate stays constant from a step on: the decay never begins, or the schedule has ended',
  thread: 'https://github.com/facebookresearch/ParlAI/pull/4384',
  explain(facts) {
    const { points, same, peak } = facts.curves;
    const { step, actual } = facts.violation.difference;
    const rest = points.filter((point) => point.step >= step);
    // An observed rate counts as flat if it still is the value of the step before.
    const stays = rest.length > 2 || same(actual, facts.curves.expected(step - 1));
    if (!stays || !rest.every((point) => same(point.actual, actual))) return undefined;
    const height = same(actual, peak) ? 'its peak' : formatRate(actual);
    return {
      message: `from optimizer step ${step} on the learning rate stays at ${height}, while the expected curve moves`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        same(actual, peak)
          ? 'look for what should end the warmup and start the decay: a flag that is never cleared, or a total that was not given'
          : "the schedule has ended, or nothing writes its value into this parameter group: compare the schedule's total and groups with those of the run",
      ],
    };
  },
};
