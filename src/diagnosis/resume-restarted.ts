import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The scheduler of a resumed run starts again: its state was not saved or not loaded. */
export const resumeRestarted: Mode = {
  id: 'resume-restarted',
  title: 'A resumed run starts the schedule from the beginning: the scheduler was not saved or not restored',
  thread: 'https://github.com/huggingface/transformers/issues/24656',
  explain(facts) {
    const { start, expected, explains, resumed, differing } = facts.curves;
    // A scheduler that is not at step 0 has been restored, whatever its values are.
    const position = facts.violation.scheduler ?? (differing > 1 ? 0 : start);
    if (start === 0 || position >= start || !explains(resumed((step) => expected(step - start))))
      return undefined;
    return {
      message: `the run resumes at step ${start}, but its schedule starts again from the beginning, warmup included`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'restore the scheduler with the checkpoint: scheduler.load_state_dict(…), or scheduler.pt beside the optimizer in the checkpoint folder',
        `if the schedule should start again, state it: --start-step 0`,
      ],
    };
  },
};
