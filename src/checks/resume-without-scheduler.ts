import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** trainer.py, _load_optimizer_and_scheduler: both files, or neither is loaded. */
export const resumeWithoutScheduler: Rule = {
  id: 'resume-without-scheduler',
  title: 'The checkpoint has no scheduler state: the schedule begins anew',
  severity: 'violation',
  reads: 'the files of the checkpoint that is resumed from',
  why:
    'Without optimizer.pt or scheduler.pt the Trainer loads neither, and says nothing: the steps go on counting, while the learning rate starts with its ' +
    'warmup again. --save_only_model writes such checkpoints.',
  fix: 'resume from a checkpoint that was saved without --save_only_model, or begin a new run from its model',
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
        message: `${checkpoint.path} has no ${missing.join(' and no ')}: the schedule begins anew at step ${checkpoint.globalStep}`,
        asked: `the schedule from step ${checkpoint.globalStep} on`,
        wouldRun: 'the schedule from its beginning, warmup included',
        evidence: [inCommand(stated, 'holds the model alone')],
      },
    ];
  },
};
