import { exactRate, formatRates } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A parameter group follows the curve of another group: its own learning rate is lost. */
export const groupNotScaled: Mode = {
  id: 'group-mismatch',
  title: "A parameter group does not have its own learning rate: it follows another group's",
  thread: 'https://github.com/modelscope/ms-swift/issues/2723',
  explain(facts) {
    const { violation, declared, curves } = facts;
    const { group } = violation.difference;
    const { base_lrs: bases } = declared;
    const known = curves.points.filter((point) => !curves.same(point.actual, point.expected));
    const [first] = known;
    if (group === 0 || !first || curves.same(first.expected, 0)) return undefined;
    const ratio = first.actual / first.expected;
    if (!curves.explains((step) => ratio * curves.expected(step))) return undefined;
    const [got, wanted] = formatRates(first.actual, first.expected);
    return {
      message: `parameter group ${group} uses ${got} instead of its own ${wanted}: ${
        bases.length > 1 && bases[group] === bases[0]
          ? 'this is the learning rate of group 0'
          : `a factor of ${Number(ratio.toPrecision(4))}`
      }`,
      ...difference(facts),
      evidence: [
        { text: `base learning rates of the groups: ${bases.map(exactRate).join(', ')}` },
        ...stepping(facts),
      ],
      fix: [
        'build the optimizer with one group per learning rate, and check what builds it: a DeepSpeed "optimizer" block or a Trainer subclass drops your own groups',
      ],
    };
  },
};
