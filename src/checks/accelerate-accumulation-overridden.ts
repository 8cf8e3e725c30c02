import { accelerateValue } from './accelerate-config.ts';
import type { Rule } from './finding.ts';
import { configValue, inConfig } from './read.ts';

/** accelerator.py: the DeepSpeed config's number overrides the plugin's, with a warning. */
export const accelerateAccumulationOverridden: Rule = {
  id: 'accelerate-accumulation-overridden',
  title: "The DeepSpeed config's gradient accumulation overrides accelerate's",
  severity: 'warning',
  reads: '`gradient_accumulation_steps` of accelerate and of the DeepSpeed config',
  why: "The DeepSpeed config's number is used: it decides the global batch and the number of optimizer steps, while the script may still count with accelerate's.",
  fix: 'give both the same number, or "auto" in the DeepSpeed config',
  check(job) {
    const given = accelerateValue(job, 'gradient_accumulation_steps');
    const path = ['gradient_accumulation_steps'];
    const value = configValue(job, path);
    if (
      !given ||
      job.command.deepspeedConfig === undefined ||
      typeof value !== 'number' ||
      value === Number(given.value)
    )
      return [];
    return [
      {
        message: `the DeepSpeed config accumulates ${value} batches, accelerate ${given.value}: DeepSpeed's number is used`,
        evidence: [inConfig(job, path, 'is used'), given.evidence('is not used')],
      },
    ];
  },
};
