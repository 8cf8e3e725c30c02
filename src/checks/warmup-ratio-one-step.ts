import type { Rule } from './finding.ts';
import { atLeast, inCommand } from './read.ts';

export const warmupRatioOneStep: Rule = {
  id: 'warmup-ratio-one-step',
  title: 'In transformers 5.0 to 5.14 a warmup_ratio of 1 means one step',
  severity: 'violation',
  reads: '`warmup_ratio` and the installed transformers',
  why: 'These versions copy the ratio into warmup_steps, where 1 means one step: a warmup over the whole run becomes a single step.',
  fix: 'set warmup_steps to the number of steps',
  check(job) {
    const ratio = job.training.warmup_ratio;
    if (ratio?.value !== 1 || atLeast(job, 'transformers', '5.0.0') !== true) return [];
    if (atLeast(job, 'transformers', '5.15.0') !== false) return [];
    return [
      {
        message: `transformers ${job.versions.transformers} reads warmup_ratio 1 as one step`,
        asked: 'a warmup over the whole run',
        wouldRun: 'a warmup of one step',
        evidence: [inCommand(ratio, 'becomes warmup_steps 1')],
      },
    ];
  },
};
