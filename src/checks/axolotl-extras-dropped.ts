import { axolotlExtras } from '../job/axolotl.ts';
import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { inCommand, inConfig } from './read.ts';

/** axolotl core/builders/base.py: create_scheduler is not called when DeepSpeed has a scheduler; only one line in the log tells. */
export const axolotlExtrasDropped: Rule = {
  id: 'axolotl-extras-dropped',
  title: "axolotl's schedule settings have no effect when the DeepSpeed config has a scheduler",
  severity: 'violation',
  reads: "`cosine_min_lr_ratio`, `lr_quadratic_warmup` and the like, and the DeepSpeed config's `scheduler`",
  why: "The DeepSpeed scheduler replaces the one that axolotl would build: the floor is 0 instead of the ratio, and the warmup is DeepSpeed's.",
  fix: 'delete the "scheduler" block from the DeepSpeed config',
  thread: 'https://github.com/axolotl-ai-cloud/axolotl/pull/1135',
  check(job) {
    const block = schedulerBlock(job);
    if (!block || job.frontEnd !== 'axolotl') return [];
    return job.settings
      .filter(({ name, value }) => axolotlExtras.includes(name) && value !== null && value !== false)
      .map((setting) => ({
        message: `${setting.name} has no effect: the DeepSpeed config's ${block.type} is used instead`,
        asked: setting.text,
        wouldRun: block.type,
        evidence: [inCommand(setting, 'is not used'), inConfig(job, ['scheduler', 'type'], 'replaces it')],
      }));
  },
};
