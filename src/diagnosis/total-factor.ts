import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, factorWords, stepping } from './words.ts';

/** The schedule was built for a total in another unit: off by the number of ranks, by accumulation, or by both. */
export const totalFactor: Mode = {
  id: 'total-factor',
  title:
    'The schedule is built for a total in another unit: off by the number of ranks, by accumulation, or by both',
  thread: 'https://github.com/huggingface/accelerate/issues/1160',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total) return undefined;
    const longer = total.actual > total.expected;
    const exact = longer ? total.actual / total.expected : total.expected / total.actual;
    // Rounding after a division does not change the factor.
    const near = (factor: number) =>
      Math.abs((longer ? total.expected * factor : total.expected / factor) - total.actual) <= 1;
    const factors = [exact, Math.round(exact), Math.floor(exact)].filter(
      (factor) => factor > 1 && near(factor),
    );
    const [unit] = factors.flatMap((factor) => factorWords(factor, facts) ?? []);
    if (!unit) return undefined;
    return {
      message: `the schedule is built for ${total.actual} steps, but the run has ${total.expected}: ${longer ? 'multiplied' : 'divided'} by ${unit} once too often`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the scheduler the number of optimizer steps, ${total.expected}, that is the updates of the whole run`,
      ],
    };
  },
};
