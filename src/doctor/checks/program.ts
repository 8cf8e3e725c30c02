import { type Check, problems, reached } from '../check.ts';

/** The program that starts a node's ranks exists, and so does its Python. */
export const program: Check = {
  id: 'program',
  run(nodes, { program: wanted, python }) {
    if (wanted === undefined) return undefined;
    const fix = 'give its full path, or activate its environment with --activate';
    return {
      summary: `${wanted} was found`,
      problems: [
        ...problems(reached(nodes), 'fatal', fix, ({ report }) =>
          report.program === null ? `${wanted} is not on the node's PATH` : undefined,
        ),
        ...problems(reached(nodes), 'fatal', fix, ({ report }) => {
          // A Python other than these does not start ranks, so its library versions would be a guess.
          const starts = report.interpreter ?? (python === wanted ? python : undefined);
          return starts !== undefined && report.program !== null && report.python === null
            ? `${starts} does not run`
            : undefined;
        }),
      ],
    };
  },
};
