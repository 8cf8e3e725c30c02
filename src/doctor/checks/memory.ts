import { plural } from '../../plural.ts';
import { type Check, problems, reached, size } from '../check.ts';

/** Below this, NCCL and data loaders fail with errors that do not mention memory. */
const SHM_PER_RANK = 64 * 2 ** 20;
const RAM_PER_RANK = 2 ** 30;

export const memory: Check = {
  id: 'memory',
  run(nodes) {
    const known = reached(nodes);
    if (known.length === 0) return undefined;
    const least = Math.min(...known.map(({ report }) => report.memory?.free ?? Number.POSITIVE_INFINITY));
    const shm = Math.min(...known.map(({ report }) => report.shm?.free ?? Number.POSITIVE_INFINITY));
    return {
      summary: `at least ${size(least)} free, /dev/shm ${size(shm)}`,
      problems: [
        ...problems(known, 'warning', 'end other processes on it', ({ report, slots }) =>
          report.memory && report.memory.free < slots * RAM_PER_RANK
            ? `${size(report.memory.free)} of memory free for ${plural(slots, 'rank')}`
            : undefined,
        ),
        ...problems(
          known,
          'fatal',
          'make /dev/shm larger (docker run --shm-size, mount -o remount,size=…)',
          ({ report, slots }) =>
            report.shm && report.shm.free < slots * SHM_PER_RANK
              ? `${size(report.shm.free)} free in /dev/shm for ${plural(slots, 'rank')}`
              : undefined,
        ),
      ],
    };
  },
};
