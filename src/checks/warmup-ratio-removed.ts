import type { Rule } from './finding.ts';
import { atLeast, inCommand } from './read.ts';

export const warmupRatioRemoved: Rule = {
  id: 'warmup-ratio-removed',
  title: 'transformers 5.15 and later do not have warmup_ratio',
  severity: 'error',
  reads: '`warmup_ratio` and the installed transformers',
  why: 'The argument was merged into warmup_steps: since 5.0 a value below 1 is a share of the run, and since 5.15 warmup_ratio is refused.',
  fix: 'use --warmup_steps with the same number',
  thread: 'https://github.com/huggingface/transformers/pull/41326',
  check(job) {
    const ratio = job.training.warmup_ratio;
    // Front-ends convert it themselves.
    if (!ratio || job.frontEnd !== undefined || atLeast(job, 'transformers', '5.15.0') !== true) return [];
    return [
      {
        message: `transformers ${job.versions.transformers} no longer has warmup_ratio`,
        evidence: [inCommand(ratio, 'is refused when the arguments are read')],
        fix: [
          `write ${ratio.location ? 'warmup_steps:' : '--warmup_steps'} ${ratio.value}: below 1 it is a share of the run`,
        ],
      },
    ];
  },
};
