import { resumedCheckpoint } from '../job/checkpoint.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const resumeCheckpointMissing: Rule = {
  id: 'resume-checkpoint-missing',
  title: 'The checkpoint to resume from is not there',
  severity: 'error',
  reads: '`resume_from_checkpoint`',
  why: 'The Trainer loads it after the model has been made; a name on the hub or a path of another machine ends the run there.',
  fix: 'correct the path; it is looked for in the directory that the command runs in',
  check({ cwd, training, executor }) {
    const stated = training.resume_from_checkpoint;
    const checkpoint = resumedCheckpoint(cwd, training);
    // A path of the nodes need not be here.
    if (!stated || !checkpoint || checkpoint.exists || executor !== 'local') return [];
    return [
      {
        message: `there is no checkpoint '${checkpoint.path}'`,
        evidence: [inCommand(stated, 'names no folder')],
      },
    ];
  },
};
