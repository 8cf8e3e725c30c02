import { type Check, problems, reached } from '../check.ts';

/** Above this, the times in two nodes' logs cannot be compared (milliseconds). */
const SKEW = 2000;

export const clock: Check = {
  id: 'clock',
  run(nodes) {
    const known = reached(nodes).filter(({ skew }) => skew !== null);
    if (known.length === 0) return undefined;
    const most = Math.max(...known.map(({ skew }) => Math.abs(skew?.ms ?? 0)));
    return {
      summary: `at most ${most < 1000 ? `${Math.round(most)} ms` : `${(most / 1000).toFixed(1)} s`} off this machine's clock`,
      problems: problems(known, 'warning', 'synchronise it with chrony or ntpd', ({ skew }) => {
        const ms = skew?.ms ?? 0;
        if (Math.abs(ms) - (skew?.within ?? 0) < SKEW) return undefined;
        return `its clock is ${(Math.abs(ms) / 1000).toFixed(1)} s ${ms > 0 ? 'ahead' : 'behind'}`;
      }),
    };
  },
};
