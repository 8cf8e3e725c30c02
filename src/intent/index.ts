import type { Job } from '../job/job.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import { axolotlSchedule } from './axolotl.ts';
import { llamafactorySchedule } from './llamafactory.ts';
import type { OwnSchedule } from './own-schedule.ts';

/** Front-ends with their own schedules. To add one, write its file, add a line here, and a function in front_ends.py. */
const frontEnds: Readonly<Record<string, OwnSchedule>> = {
  axolotl: axolotlSchedule,
  llamafactory: llamafactorySchedule,
};

/** The schedule of a job's front-end; `asked` itself if the front-end leaves the schedule to transformers. */
export function scheduleOf(
  job: Pick<Job, 'settings' | 'training' | 'frontEnd'>,
  asked: CurveSpec,
): CurveSpec {
  return (job.frontEnd === undefined ? undefined : frontEnds[job.frontEnd]?.(job, asked)) ?? asked;
}
