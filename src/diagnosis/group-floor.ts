import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A group follows the first one in proportion, where it has a curve of its own: its minimum is scaled with it. */
export const groupFloor: Mode = {
  id: 'group-floor',
  title: 'A group follows the first one in proportion, minimum included, where the minimum should be its own',
  thread: 'https://github.com/YalaLab/pillar-finetune/pull/6',
  explain(facts) {
    const { first, explains } = facts.curves;
    const { group } = facts.violation.difference;
    const [base = 1, own = base] = [facts.declared.base_lrs[0], facts.declared.base_lrs[group]];
    if (group === 0 || own === base || !explains((step) => (first(step) * own) / base)) return undefined;
    return {
      message: `parameter group ${group} follows group 0 in proportion (${Number((own / base).toPrecision(4))} times), minimum included, and not the curve that is expected of it`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'give the group a function of its own (LambdaLR takes one for each group), with its minimum as a share of its own learning rate',
      ],
    };
  },
};
