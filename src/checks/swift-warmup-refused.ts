import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** ms-swift 4.6.0: the ratio is bridged to warmup_steps, and both, or one of 1 and more, are a ValueError. */
export const swiftWarmupRefused: Rule = {
  id: 'swift-warmup-refused',
  title: 'ms-swift refuses a warmup_ratio of 1 and more, and one beside warmup_steps',
  severity: 'error',
  reads: '`warmup_ratio` and `warmup_steps` of a swift command',
  why: 'ms-swift hands the ratio over as warmup_steps, where 1 and more would be steps: it refuses them when the arguments are read.',
  fix: 'give a ratio below 1, or --warmup_steps alone',
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
        evidence: [inCommand(ratio, ratio.value >= 1 ? 'is not below 1' : 'stands beside warmup_steps')],
      },
    ];
  },
};
