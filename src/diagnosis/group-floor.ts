import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A group follows the first group in proportion although its own curve is expected: its minimum is scaled too. */
export const groupFloor: Mode = {
  id: 'group-floor',
  title:
    'A group follows the first group in proportion, minimum included, although it should have its own minimum',
  thread: 'https://github.com/YalaLab/pillar-finetune/pull/6',
  explain(facts) {
    const { first, explains } = facts.curves;
    const { group } = facts.violation.difference;
    const [base = 1, own = base] = [facts.declared.base_lrs[0], facts.declared.base_lrs[group]];
    if (group === 0 || own === base || !explains((step) => (first(step) * own) / base)) return undefined;
    return {
      message: `parameter group ${group} follows group 0 in proportion (${Number((own / base).toPrecision(4))} times), minimum included, instead of its own expected curve`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'give the group a separate function (LambdaLR accepts one per group), with the minimum as a share of its own learning rate',
      ],
    };
  },
};
