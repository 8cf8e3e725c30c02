import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

export const resumePastEnd: Rule = {
  id: 'resume-past-end',
  title: 'The checkpoint is already at or past the end of the run',
  severity: 'warning',
  reads: "the total against global_step in the checkpoint's trainer_state.json",
  why: "The Trainer skips to the checkpoint's position, finds no step left, and ends with exit 0: nothing was trained.",
  fix: 'make the run longer than the steps already done',
  thread: 'https://github.com/mosaicml/composer/issues/1384',
  check(job) {
    const stated = job.training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(job.cwd, job.training);
    const total = countsOf(job)?.total.value ?? null;
    const done = checkpoint?.globalStep;
    if (!stated || done === undefined || total === null || done < total) return [];
    return [
      {
        message: `the checkpoint is at optimizer step ${done}, and the run has ${total}: no step is left to train`,
        evidence: [inCommand(stated, `is at step ${done}`)],
      },
    ];
  },
};
