import { type Check, problems, reached } from '../check.ts';

/** The script and its configs exist on every node and equal those on this machine. */
export const files: Check = {
  id: 'files',
  run(nodes, { files: wanted }) {
    const names = Object.keys(wanted);
    if (names.length === 0) return undefined;
    const fix = 'use a shared file system, or copy the directory to every node with launch --sync';
    return {
      summary: `${names.join(', ')}: the same everywhere`,
      problems: names.flatMap((name) =>
        problems(reached(nodes), 'fatal', fix, ({ report }) => {
          const there = report.files[name];
          if (!there) return `${name} does not exist`;
          const here = wanted[name];
          return here === null || here === undefined || here === there
            ? undefined
            : `${name} differs from the one on this machine`;
        }),
      ),
    };
  },
};
