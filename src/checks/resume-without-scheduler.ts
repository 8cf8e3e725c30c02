import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** trainer.py, _load_optimizer_and_scheduler: it loads both files or neither. */
export const resumeWithoutScheduler: Rule = {
  id: 'resume-without-scheduler',
  title: 'The checkpoint has no scheduler state: the schedule starts again',
  severity: 'violation',
  reads: 'the files of the checkpoint',
  why:
    'If optimizer.pt or scheduler.pt is missing, the Trainer silently loads neither: the step count continues, while the learning rate starts with its ' +
    'warmup again. --save_only_model writes such checkpoints.',
  fix: 'resume from a checkpoint that was saved without --save_only_model, or start a new run from its model',
  thread: 'https://github.com/huggingface/transformers/issues/27710',
  check({ cwd, training, deepspeed }) {
    const stated = training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(cwd, training);
    if (!stated || !checkpoint?.exists || deepspeed || !checkpoint.globalStep) return [];
    const has = (name: RegExp) => checkpoint.files.some((file) => name.test(file));
    const missing = [
      ...(has(/^optimizer/) ? [] : ['optimizer.pt']),
      ...(has(/^scheduler\.pt$/) ? [] : ['scheduler.pt']),
    ];
    if (missing.length === 0) return [];
    return [
      {
        message: `${checkpoint.path} has no ${missing.join(' and no ')}: the schedule starts again at step ${checkpoint.globalStep}`,
        asked: `the schedule from step ${checkpoint.globalStep} on`,
        wouldRun: 'the schedule from its start, warmup included',
        evidence: [inCommand(stated, 'contains only the model')],
      },
    ];
  },
};
