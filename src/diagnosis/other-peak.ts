import { exactRate, formatRates } from '../rate.ts';
import type { Facts, Mode } from './diagnosis.ts';
import { difference, factorWords, inForce, stepping } from './words.ts';

/** The expected shape with a different peak. */
export const otherPeak: Mode = {
  id: 'other-peak',
  title:
    'The expected shape with a different peak: another base learning rate, scaling by ranks or accumulation, or a default',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/7303',
  explain(facts) {
    const { points, expected, explains, peak, same, spec } = facts.curves;
    const different = points.filter(
      (point) => !same(point.actual, point.expected) && !same(point.expected, 0),
    );
    const [first] = different;
    if (!first) return undefined;
    const ratio = first.actual / first.expected;
    const unit = factorWords(ratio, facts) ?? factorWords(1 / ratio, facts);
    // A single value has some ratio to any other, which proves nothing: the rate that the group was made with must be off as well.
    if (different.length < 2 && !((unit || rounded(ratio)) && baseIsOff(facts, ratio))) return undefined;
    if (ratio === 0 || !explains((step) => ratio * expected(step))) return undefined;
    const [actual, wanted] = formatRates(ratio * peak, peak);
    return {
      message: `the shape is right but the peak is wrong: it is ${actual} instead of ${wanted}${unit ? `, off by ${unit}` : ''}`,
      ...difference(facts),
      evidence: [
        { text: `base learning rates of the groups: ${facts.declared.base_lrs.map(exactRate).join(', ')}` },
        ...stepping(facts),
      ],
      fix: [
        `build the optimizer with lr=${exactRate(spec?.lr0 ?? peak)}`,
        ...(unit
          ? [`remove the scaling of the learning rate by ${unit}, or state the scaled rate with --expect`]
          : []),
      ],
    };
  },
};

/** Returns whether a group's own base rate is off by the same factor as what it uses. */
function baseIsOff({ declared, curves, violation }: Facts, ratio: number): boolean {
  const wanted = curves.spec?.lr0 ?? curves.peak;
  const bases = [inForce({ declared, violation } as Facts).base_lrs, declared.base_lrs];
  return bases.some((lrs) => curves.same(lrs?.[violation.difference.group] ?? Number.NaN, ratio * wanted));
}

/** Returns whether the factor looks chosen by a person: 2, 10, 1/100. */
function rounded(ratio: number): boolean {
  return [ratio, 1 / ratio].some((value) => value > 1 && Math.abs(value - Math.round(value)) < 1e-9);
}
