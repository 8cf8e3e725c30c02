import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The first update of a resumed run uses the learning rate with which the optimizer was built: the checkpoint has lost its own. */
export const resumeLostLr: Mode = {
  id: 'resume-lost-lr',
  title:
    "The checkpoint lost the learning rate of the parameter groups: the first update uses the optimizer's initial learning rate",
  thread: 'https://github.com/pytorch/pytorch/issues/129079',
  explain(facts) {
    const { start, points, same } = facts.curves;
    const { group } = facts.violation.difference;
    const [first, ...rest] = points.filter(({ step }) => step >= start);
    if (start === 0 || first?.step !== start || rest.length === 0) return undefined;
    if (!same(first.actual, facts.declared.base_lrs[group] ?? Number.NaN)) return undefined;
    if (same(first.actual, first.expected) || !rest.every((point) => same(point.actual, point.expected)))
      return undefined;
    return {
      message: `the first resumed update, step ${start}, uses the learning rate with which the optimizer was built: the checkpoint has lost the one of its parameter groups`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'after loading, write the scheduler\'s values into the groups: for group, lr in zip(optimizer.param_groups, scheduler.get_last_lr()): group["lr"] = lr',
        'save the optimizer with a version that keeps "lr" and "initial_lr" in the parameter groups',
      ],
    };
  },
};
