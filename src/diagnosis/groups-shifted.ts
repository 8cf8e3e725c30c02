import { exactRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, inForce, stepping } from './words.ts';

/** Every group has its neighbour's learning rate: a group was dropped after the scheduler had stored all base learning rates. */
export const groupsShifted: Mode = {
  id: 'groups-shifted',
  title: "Every parameter group has its neighbour's learning rate: an empty group was dropped",
  thread: 'https://github.com/deepspeedai/DeepSpeedExamples/pull/756',
  explain(facts) {
    const { declared, curves } = facts;
    const noted = inForce(facts).base_lrs ?? [];
    const bases = declared.base_lrs;
    if (curves.start > 0 || bases.length < 2 || noted.length < 2 || noted[0] === bases[0]) return undefined;
    const shifted = bases.every((lr, group) => group + 1 >= noted.length || noted[group + 1] === lr);
    if (!shifted) return undefined;
    return {
      message:
        "every parameter group has its neighbour's learning rate: a group was dropped after the scheduler had stored all base learning rates",
      ...difference(facts),
      evidence: [
        {
          text: `the groups were built with ${bases.map(exactRate).join(', ')}; the scheduler has ${noted.map(exactRate).join(', ')}`,
        },
        ...stepping(facts),
      ],
      fix: ['remove empty parameter groups before you build the optimizer and its scheduler'],
    };
  },
};
