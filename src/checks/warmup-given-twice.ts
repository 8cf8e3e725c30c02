import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const warmupGivenTwice: Rule = {
  id: 'warmup-given-twice',
  title: 'Both warmup_steps and warmup_ratio are given',
  severity: 'warning',
  reads: '`warmup_steps` and `warmup_ratio`',
  why: 'Which one is used depends on the version: in transformers 4 the steps, in 5.0 to 5.14 the ratio. ms-swift refuses the combination.',
  fix: 'keep one of the two',
  check({ training }) {
    const { warmup_steps: steps, warmup_ratio: ratio } = training;
    if (!steps || !ratio || steps.value <= 0 || ratio.value <= 0) return [];
    return [
      {
        message:
          'warmup_steps and warmup_ratio are both given: the version of transformers decides which one is used',
        evidence: [
          inCommand(steps, 'is used in transformers 4'),
          inCommand(ratio, 'is used in transformers 5.0 to 5.14'),
        ],
      },
    ];
  },
};
