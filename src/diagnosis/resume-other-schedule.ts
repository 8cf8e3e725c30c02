import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** A resumed run with different arguments: one step of the old curve, then a jump to the new one. */
export const resumeOtherSchedule: Mode = {
  id: 'resume-other-schedule',
  title: 'The arguments of a resumed run changed: one step of the old curve, then a jump to the new one',
  thread: 'https://github.com/mlfoundations/open_clip/issues/413',
  explain(facts) {
    const { start, points, same } = facts.curves;
    const [first, ...rest] = points.filter(({ step }) => step >= start);
    if (start === 0 || !first || rest.length === 0 || first.step !== start) return undefined;
    if (same(first.actual, first.expected) || !rest.every((point) => same(point.actual, point.expected)))
      return undefined;
    return {
      message: `the arguments of the resumed run differ from those of its checkpoint: step ${start} still uses the value of the old curve, then the learning rate jumps to the new curve`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'resume with the total, warmup and schedule that the checkpoint was trained with',
        'to train longer on a new schedule, start it from the weights alone (without resuming optimizer and scheduler)',
      ],
    };
  },
};
