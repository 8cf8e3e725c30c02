import { type Check, problems, reached } from '../check.ts';

/** The directory that the command runs in is on every node. */
export const directory: Check = {
  id: 'directory',
  run(nodes, { cwd }) {
    return {
      summary: `${cwd} is there`,
      problems: problems(
        reached(nodes),
        'fatal',
        'mount it there too, or let launch --sync copy it to the same path',
        ({ report }) => (report.cwd ? undefined : `${cwd} is not there`),
      ),
    };
  },
};
