import type { Rule } from './finding.ts';
import { atLeast, inCommand } from './read.ts';

export const warmupStepsFraction: Rule = {
  id: 'warmup-steps-fraction',
  title: 'Before transformers 5, warmup_steps must be a whole number',
  severity: 'violation',
  reads: '`warmup_steps` and the installed transformers',
  why:
    'Since 5.0 a warmup_steps below 1 is a share of the run. Version 4 refuses it on the command line ("invalid int value"), but accepts it ' +
    'from a JSON or YAML file as 0.1 steps: one step at 0, then the peak.',
  fix: 'with transformers 4 use --warmup_ratio',
  thread: 'https://github.com/huggingface/transformers/pull/41326',
  check(job) {
    const steps = job.training.warmup_steps;
    if (!steps || Number.isInteger(steps.value) || atLeast(job, 'transformers', '5.0.0') !== false) return [];
    if (!steps.location) {
      return [
        {
          severity: 'error',
          message: `transformers ${job.versions.transformers} refuses a fraction for warmup_steps: invalid int value`,
          evidence: [inCommand(steps, 'is refused')],
          fix: [`write --warmup_ratio ${steps.value}`],
        },
      ];
    }
    return [
      {
        message: `transformers ${job.versions.transformers} reads warmup_steps ${steps.value} as that many steps, not as a share of the run`,
        asked: `a warmup of ${steps.value * 100} % of the run`,
        wouldRun: 'one step at 0, then the peak',
        evidence: [inCommand(steps, 'is a number of steps before 5.0')],
        fix: [`write warmup_ratio: ${steps.value}`],
      },
    ];
  },
};
