import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const warmupGivenTwice: Rule = {
  id: 'warmup-given-twice',
  title: 'Both warmup_steps and warmup_ratio are given',
  severity: 'warning',
  reads: '`warmup_steps` and `warmup_ratio`',
  why: 'Which one counts depends on the version: in transformers 4 the steps win, in 5.0 to 5.14 the ratio does. ms-swift refuses both.',
  fix: 'keep one of the two',
  check({ training }) {
    const { warmup_steps: steps, warmup_ratio: ratio } = training;
    if (!steps || !ratio || steps.value <= 0 || ratio.value <= 0) return [];
    return [
      {
        message: 'warmup_steps and warmup_ratio are both given, and which one counts depends on the version',
        evidence: [
          inCommand(steps, 'counts in transformers 4'),
          inCommand(ratio, 'counts in transformers 5.0 to 5.14'),
        ],
      },
    ];
  },
};
