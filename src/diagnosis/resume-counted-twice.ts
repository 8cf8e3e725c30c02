import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** The scheduler of a resumed run is at twice the run's position: it was restored and then stepped forward again. */
export const resumeCountedTwice: Mode = {
  id: 'resume-counted-twice',
  title:
    'A resumed run counts its progress twice: the scheduler is restored and then stepped forward once more',
  thread: 'https://github.com/THUDM/slime/pull/1547',
  explain(facts) {
    const { start, expected, explains, resumed } = facts.curves;
    const position = facts.violation.scheduler ?? 2 * start;
    if (start === 0 || position < 2 * start || !explains(resumed((step) => expected(step + start))))
      return undefined;
    return {
      message: `the run resumes at step ${start}, but its scheduler is at step ${2 * start}: the progress is counted twice`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: ['either restore the scheduler with load_state_dict or step it forward, not both'],
    };
  },
};
