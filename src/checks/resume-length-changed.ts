import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

export const resumeLengthChanged: Rule = {
  id: 'resume-length-changed',
  title: 'The resumed run has a different length: its learning rate jumps',
  severity: 'warning',
  reads: "the new total against max_steps in the checkpoint's trainer_state.json",
  why:
    'The position is restored, but the length is computed from the new arguments: the curve is stretched or compressed. The first resumed step still uses the old ' +
    'value; the second one jumps, and may even rise again.',
  fix: 'keep the length of the first run, or state the curve of the rest with --expect and --start-step',
  thread: 'https://github.com/mlfoundations/open_clip/issues/413',
  check(job) {
    const stated =
      job.training.max_steps ?? job.training.num_train_epochs ?? job.training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(job.cwd, job.training);
    const total = countsOf(job)?.total.value ?? null;
    const { maxSteps, globalStep = 0 } = checkpoint ?? {};
    if (!stated || total === null || maxSteps === undefined || total === maxSteps || total <= globalStep)
      return [];
    return [
      {
        message: `the checkpoint was written in a run of ${maxSteps} steps, and this one has ${total}: the learning rate jumps at the second resumed step`,
        evidence: [inCommand(stated, `makes it ${total} steps`)],
      },
    ];
  },
};
