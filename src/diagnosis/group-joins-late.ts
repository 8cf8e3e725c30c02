import { formatRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A group that the scheduler's first value does not reach: it was added behind the scheduler, or is written from the second step on. */
export const groupJoinsLate: Mode = {
  id: 'group-joins-late',
  title:
    'A parameter group is left out of the first step: it uses the rate that it was made with, then follows the schedule',
  explain(facts) {
    const { start, points, same } = facts.curves;
    const { group } = facts.violation.difference;
    const [first, ...rest] = points.filter(({ step }) => step >= start);
    if (group === 0 || start !== 0 || first?.step !== 0 || rest.length === 0) return undefined;
    if (same(first.actual, first.expected) || !rest.every((point) => same(point.actual, point.expected)))
      return undefined;
    return {
      message: `parameter group ${group} is left out of the first step: its first update uses ${formatRate(first.actual)}, the rate it was made with, and only the next one follows the schedule`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'add all groups to the optimizer before the scheduler is built: its first value is written when it is made',
        `or write the group's first value when it is added: optimizer.add_param_group({"params": …, "lr": ${formatRate(first.expected)}})`,
      ],
    };
  },
};
