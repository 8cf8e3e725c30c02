import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const resumeCheckpointMissing: Rule = {
  id: 'resume-checkpoint-missing',
  title: 'The checkpoint to resume from does not exist',
  severity: 'error',
  reads: '`resume_from_checkpoint`',
  why: 'The Trainer loads the checkpoint after it has built the model. A name on the Hub or a path of another machine ends the run there.',
  fix: 'correct the path; a relative path starts at the directory in which the command runs',
  check({ cwd, training, reach }) {
    const stated = training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(cwd, training);
    // A path on the nodes need not exist on this machine.
    if (!stated || !checkpoint || checkpoint.exists || reach !== 'here') return [];
    return [
      {
        message: `there is no checkpoint '${checkpoint.path}'`,
        evidence: [inCommand(stated, 'is not a folder')],
      },
    ];
  },
};
