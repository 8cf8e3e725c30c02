import type { Job } from '../job/job.ts';
import type { CurveSpec } from '../schedule/schedule.ts';

/**
 * The schedule that a front-end makes of arguments of its own, in place of what transformers makes of the same ones (`asked`);
 * undefined where that is what runs.
 */
export type OwnSchedule = (
  job: Pick<Job, 'settings' | 'training'>,
  asked: CurveSpec,
) => CurveSpec | undefined;
