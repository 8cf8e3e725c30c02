import type { Rule } from './finding.ts';
import { inCommand, parsesStrictly, scriptMentions } from './read.ts';

/** training_args.py: "lr_scheduler_type reduce_lr_on_plateau requires an eval strategy". */
export const plateauNeedsEvaluation: Rule = {
  id: 'plateau-needs-evaluation',
  title: 'A schedule that follows a metric needs an evaluation',
  severity: 'error',
  reads: '`lr_scheduler_type` and `eval_strategy`',
  why: 'reduce_lr_on_plateau and greedy follow an evaluation metric; TrainingArguments refuses them if evaluation is off.',
  fix: 'add --eval_strategy steps, and an evaluation data set',
  check(job) {
    const { lr_scheduler_type: type, eval_strategy: evaluation } = job.training;
    if (!type || !['reduce_lr_on_plateau', 'greedy'].includes(type.value)) return [];
    const none = evaluation
      ? evaluation.value === 'no'
      : parsesStrictly(job) && !scriptMentions(job, 'eval_strategy');
    if (!none || job.settings.some(({ name }) => name === 'evaluation_strategy')) return [];
    return [
      {
        message: `${type.value} requires an eval strategy`,
        evidence: [
          evaluation
            ? inCommand(evaluation, 'turns evaluation off')
            : inCommand(type, 'is refused without --eval_strategy'),
        ],
      },
    ];
  },
};
