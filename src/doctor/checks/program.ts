import { type Check, problems, reached } from '../check.ts';

/** What starts a node's ranks is there, and so is its Python. */
export const program: Check = {
  id: 'program',
  run(nodes, { program: wanted, python }) {
    if (wanted === undefined) return undefined;
    const fix = 'name it by its full path, or activate its environment with --activate';
    return {
      summary: `${wanted} is there`,
      problems: [
        ...problems(reached(nodes), 'fatal', fix, ({ report }) =>
          report.program === null ? `${wanted} is not on its PATH` : undefined,
        ),
        ...problems(reached(nodes), 'fatal', fix, ({ report }) => {
          // Another Python than these starts no rank: what is asked for its versions is a guess then.
          const starts = report.interpreter ?? (python === wanted ? python : undefined);
          return starts !== undefined && report.program !== null && report.python === null
            ? `${starts} does not run`
            : undefined;
        }),
      ],
    };
  },
};
