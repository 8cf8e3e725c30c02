import { resumedCheckpoint } from '../job/checkpoint.ts';
import { schedulerBlock } from '../job/scheduler-block.ts';
import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** LambdaLR.load_state_dict restores base_lrs; the lambdas, and so the total and the warmup, come from the new run. */
export const resumeLearningRateIgnored: Rule = {
  id: 'resume-learning-rate-ignored',
  title: 'The resumed run ignores the new learning rate',
  severity: 'violation',
  reads: "`learning_rate` against the base learning rates in the checkpoint's scheduler.pt",
  why:
    'The state of the scheduler contains its base learning rates, and the Trainer restores them: the new value silently has no effect. ' +
    'Only a DeepSpeed scheduler does not store them, and uses the new value.',
  fix: "start a new run from the checkpoint's model (model_name_or_path), or keep the old learning rate",
  thread: 'https://github.com/hiyouga/LlamaFactory/issues/4595',
  check(job) {
    const asked = job.training.learning_rate;
    const checkpoint = resumedCheckpoint(job.cwd, job.training);
    const base = checkpoint?.baseLrs;
    if (!asked || !checkpoint || !base?.length || schedulerBlock(job) || base.includes(asked.value))
      return [];
    return [
      {
        message: `the run continues with the checkpoint's learning rate of ${exactRate(base[0] ?? 0)}`,
        asked: `peak ${exactRate(asked.value)}`,
        wouldRun: `peak ${exactRate(base[0] ?? 0)}, from ${checkpoint.path}/scheduler.pt`,
        evidence: [inCommand(asked, 'is replaced when the scheduler is restored')],
      },
    ];
  },
};
