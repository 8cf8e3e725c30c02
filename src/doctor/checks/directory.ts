import { type Check, problems, reached } from '../check.ts';

/** The directory in which the command runs exists on every node. */
export const directory: Check = {
  id: 'directory',
  run(nodes, { cwd }) {
    return {
      summary: `${cwd} exists`,
      problems: problems(
        reached(nodes),
        'fatal',
        'mount it there too, or copy it to the same path with launch --sync',
        ({ report }) => (report.cwd ? undefined : `${cwd} does not exist`),
      ),
    };
  },
};
