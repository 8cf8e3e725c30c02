import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

export const resumePastEnd: Rule = {
  id: 'resume-past-end',
  title: 'The checkpoint is at or past the end of the run',
  severity: 'warning',
  reads: "the total against global_step in the checkpoint's trainer_state.json",
  why: "The Trainer skips to the checkpoint's position, finds nothing left to do, and ends well: exit 0, and nothing was trained.",
  fix: 'make the run longer than what the checkpoint has behind it',
  thread: 'https://github.com/mosaicml/composer/issues/1384',
  check(job) {
    const stated = job.training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(job.cwd, job.training);
    const total = countsOf(job)?.total.value ?? null;
    const done = checkpoint?.globalStep;
    if (!stated || done === undefined || total === null || done < total) return [];
    return [
      {
        message: `the checkpoint has ${done} optimizer steps behind it, and the run has ${total}: nothing is left to train`,
        evidence: [inCommand(stated, `is at step ${done}`)],
      },
    ];
  },
};
