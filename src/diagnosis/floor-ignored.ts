import type { Mode } from './diagnosis.ts';
import { namesIn, withValues } from './parameters.ts';
import { difference, stepping } from './words.ts';

/** The minimum of the schedule is ignored: the learning rate goes to 0. */
export const floorIgnored: Mode = {
  id: 'floor-ignored',
  title: 'The minimum learning rate is ignored: the schedule starts or ends at 0',
  thread: 'https://github.com/verl-project/verl/pull/1400',
  explain(facts) {
    const { spec, explainedBy } = facts.curves;
    if (!spec) return undefined;
    const names = namesIn(spec, 'floor').filter((name) => spec.params[name] !== 0);
    if (names.length === 0 || !explainedBy(withValues(spec, { floor: 0 }))) return undefined;
    const given = names.map((name) => `${name} ${spec.params[name]}`).join(' and ');
    return {
      message: `${given} is ignored: the schedule in force has no minimum and goes to 0`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `pass ${names.join(' and ')} to the scheduler that is really built`,
        '"auto" in a DeepSpeed config becomes 0 here: write the number',
      ],
    };
  },
};
