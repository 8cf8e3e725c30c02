import { plural } from '../plural.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** training_args.py, get_warmup_steps: `int(warmup_steps) if warmup_steps >= 1`. */
export const warmupStepsTruncated: Rule = {
  id: 'warmup-steps-truncated',
  title: 'warmup_steps of 1.0 or more is cut to whole steps',
  severity: 'warning',
  reads: 'how `warmup_steps` is written',
  why: 'From 1 on, the number is cut to whole steps: 1.0 means one step, not the whole run, and 2.7 means two.',
  fix: 'write whole steps without a decimal point, or a share below 1',
  thread: 'https://github.com/huggingface/transformers/pull/41326',
  check({ training }) {
    const steps = training.warmup_steps;
    if (!steps || steps.value < 1) return [];
    const written = /[\d.eE+-]+$/.exec(steps.text.trim())?.[0] ?? '';
    if (Number.isInteger(steps.value) && !/\.|e/i.test(written)) return [];
    // 100.0 and 1e2 can only mean steps; 1.0 and 2.7 may have been meant as a share or a percentage.
    if (Number.isInteger(steps.value) && steps.value > 1) return [];
    return [
      {
        message: `warmup_steps ${written} means ${plural(Math.trunc(steps.value), 'optimizer step')}`,
        evidence: [inCommand(steps, 'is cut to whole steps')],
      },
    ];
  },
};
