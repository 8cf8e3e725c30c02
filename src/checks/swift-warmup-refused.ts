import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** ms-swift 4.6.0: the ratio is passed on as warmup_steps; giving both, or a ratio of 1 or more, is a ValueError. */
export const swiftWarmupRefused: Rule = {
  id: 'swift-warmup-refused',
  title: 'ms-swift refuses a warmup_ratio of 1 or more, and one combined with warmup_steps',
  severity: 'error',
  reads: '`warmup_ratio` and `warmup_steps` of a swift command',
  why: 'ms-swift passes the ratio on as warmup_steps, where 1 or more would mean steps: it refuses such values when it reads the arguments.',
  fix: 'give a ratio below 1, or only --warmup_steps',
  check({ training, frontEnd }) {
    const { warmup_ratio: ratio, warmup_steps: steps } = training;
    if (
      frontEnd !== 'swift' ||
      !ratio ||
      !(ratio.value >= 1 || (steps && steps.value > 0 && ratio.value > 0))
    )
      return [];
    return [
      {
        message: 'ms-swift refuses this warmup_ratio',
        evidence: [inCommand(ratio, ratio.value >= 1 ? 'is not below 1' : 'is combined with warmup_steps')],
      },
    ];
  },
};
