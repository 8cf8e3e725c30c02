import { type Check, problems, reached } from '../check.ts';

/** The script and its configs are on every node, and the same as here. */
export const files: Check = {
  id: 'files',
  run(nodes, { files: wanted }) {
    const names = Object.keys(wanted);
    if (names.length === 0) return undefined;
    const fix = 'use a shared file system, or let launch --sync copy the directory to every node';
    return {
      summary: `${names.join(', ')}: the same everywhere`,
      problems: names.flatMap((name) =>
        problems(reached(nodes), 'fatal', fix, ({ report }) => {
          const there = report.files[name];
          if (!there) return `${name} is not there`;
          const here = wanted[name];
          return here === null || here === undefined || here === there
            ? undefined
            : `${name} is another one than here`;
        }),
      ),
    };
  },
};
