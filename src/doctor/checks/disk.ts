import { type Check, type Problem, reached, size } from '../check.ts';

const FULL = 100 * 2 ** 20;
const LOW = 5 * 2 ** 30;

/** Free space where the run writes: its directory, and the folder for temporary files (the agent's logs). */
export const disk: Check = {
  id: 'disk',
  run(nodes) {
    const known = reached(nodes);
    const places = known.flatMap(({ name, report }) =>
      Object.entries(report.disk).flatMap(([path, space]) =>
        space ? [{ name, path, free: space.free }] : [],
      ),
    );
    if (places.length === 0) return undefined;
    const found: Problem[] = places
      .filter(({ free }) => free < LOW)
      .map(({ name, path, free }) => ({
        node: name,
        severity: free < FULL ? 'fatal' : 'warning',
        message: `${size(free)} free on the disk of ${path}`,
        fix: 'free some space there: checkpoints and logs need it',
      }));
    return { summary: `at least ${size(Math.min(...places.map(({ free }) => free)))} free`, problems: found };
  },
};
