import { formatRate } from '../rate.ts';
import type { Diagnosis, Facts, Mode } from './diagnosis.ts';
import { difference, inForce, stepping } from './words.ts';

/** What the scheduler wrote last into the group that differs, if it is what was expected there. */
function written(facts: Facts): number | undefined {
  const { violation, curves } = facts;
  const { group, expected, actual } = violation.difference;
  const last = inForce(facts).last_lrs?.[group];
  if (violation.by !== 'observation' || last === undefined) return undefined;
  // What a resumed run's first update uses may come from its checkpoint.
  if (curves.start > 0 && violation.difference.step === curves.start) return undefined;
  return curves.same(last, expected) && !curves.same(last, actual) ? last : undefined;
}

/** The scheduler is right, and it writes into groups that no optimizer uses. */
export const copiedGroups: Mode = {
  id: 'copied-groups',
  title:
    "The scheduler writes into copies of the optimizer's groups: a wrapper holds groups of its own, and nothing reaches the optimizer",
  explain(facts) {
    if (inForce(facts).copies !== true) return undefined;
    const right = written(facts);
    return {
      message: `${inForce(facts).class} ${right === undefined ? 'writes' : `wrote ${formatRate(right)}`} into copies of the parameter groups: a wrapper around the optimizer holds groups of its own, and the optimizer inside it keeps ${formatRate(facts.violation.difference.actual)}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'let the wrapper hand out the groups of the optimizer inside it: self.param_groups = self.optimizer.param_groups, without a copy',
        'or build the scheduler with the optimizer inside the wrapper',
      ],
    };
  },
};

/** The scheduler is right, and something else has written after it. */
export const overwritten: Mode = {
  id: 'overwritten',
  title:
    'The learning rate is written over behind the scheduler: its own last value is right, and the optimizer uses another one',
  explain(facts) {
    const right = written(facts);
    const { actual } = facts.violation.difference;
    if (right === undefined) return undefined;
    const ratio = right === 0 ? undefined : Number((actual / right).toPrecision(6));
    return {
      message: `the learning rate is written over behind the scheduler: ${inForce(facts).class} has written ${formatRate(right)}, and the optimizer uses ${formatRate(actual)}${ratio === undefined ? '' : `, ${ratio} times as much`}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: remedies(facts),
    };
  },
};

function remedies(facts: Facts): Diagnosis['fix'] {
  return [
    'look for what sets group["lr"] between scheduler.step() and optimizer.step() (a scaling rule, a second scheduler, a callback), and remove it or put it into the schedule',
    ...(facts.declared.source === '--expect'
      ? []
      : ['if the written values are meant, state them: --expect @curve.json']),
  ];
}
