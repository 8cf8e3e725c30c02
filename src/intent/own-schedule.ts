import type { Job } from '../job/job.ts';
import type { CurveSpec } from '../schedule/schedule.ts';

/**
 * The schedule that a front-end builds from its own arguments, instead of the one that transformers would build (`asked`);
 * undefined if transformers' schedule runs.
 */
export type OwnSchedule = (
  job: Pick<Job, 'settings' | 'training'>,
  asked: CurveSpec,
) => CurveSpec | undefined;
