import type { Mode } from './diagnosis.ts';
import { argument, withValues } from './parameters.ts';
import { difference, stepping } from './words.ts';

/** A warmup below 1, meant as a share of the run but read as a number of steps. */
export const warmupFraction: Mode = {
  id: 'warmup-fraction',
  title: 'warmup_steps below 1, meant as a share of the run, is read as a number of steps (transformers 4)',
  thread: 'https://github.com/huggingface/transformers/pull/41326',
  explain(facts) {
    const { spec, total, explainedBy, differing } = facts.curves;
    const warmup = spec && argument(spec, 'warmup');
    if (!spec || !warmup || differing < 2) return undefined;
    const shares = Array.from({ length: 999 }, (_, at) => (at + 1) / 1000);
    const share = shares.find(
      (value) => Math.abs(total * value - warmup) <= 1 && explainedBy(withValues(spec, { warmup: value })),
    );
    if (share === undefined) return undefined;
    const { transformers } = facts.declared.versions;
    return {
      message: `warmup_steps ${share} is read as ${share} of one step, not as ${Number((share * 100).toPrecision(3))} % of the run: there is no warmup`,
      ...difference(facts),
      evidence: [
        {
          text: `transformers ${transformers ?? ''} reads warmup_steps as a number of steps; only 5.0 and later read a value below 1 as a share`,
        },
        ...stepping(facts),
      ],
      fix: [`warmup_ratio=${share} on transformers 4`, `the number itself: warmup_steps=${warmup}`],
    };
  },
};
