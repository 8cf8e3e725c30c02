import { plural } from '../../plural.ts';
import { type Check, problems, reached, usual } from '../check.ts';

/** Enough accelerators, all of one kind, all idle. An idle driver may use this much memory (MiB). */
const IDLE = 1024;

export const gpus: Check = {
  id: 'gpus',
  run(nodes, { local }) {
    const known = reached(nodes);
    if (known.length === 0) return undefined;
    const smi = known.filter(({ report }) => report.gpus !== null);
    if (smi.length === 0) return { summary: 'not checked: no node has nvidia-smi', problems: [] };
    const kind = usual(smi.flatMap(({ report }) => report.gpus?.map(({ name }) => name) ?? []));
    const count = smi.reduce((sum, { report }) => sum + (report.gpus?.length ?? 0), 0);
    return {
      summary:
        local && smi[0] ? `${smi[0].report.gpus?.length ?? 0} × ${kind ?? '?'}` : `${count} × ${kind ?? '?'}`,
      problems: [
        ...problems(known, 'fatal', 'exclude the node, or repair its driver', ({ report }) =>
          report.gpus === null
            ? 'nvidia-smi is missing'
            : report.gpus.length === 0
              ? 'nvidia-smi does not answer'
              : undefined,
        ),
        ...problems(
          known,
          'fatal',
          'correct the slots in the hostfile, or exclude the node',
          ({ report, slots }) =>
            report.gpus?.length && report.gpus.length < slots
              ? `${plural(report.gpus.length, 'GPU')}, but ${plural(slots, 'rank')} should run there`
              : undefined,
        ),
        ...problems(known, 'fatal', 'end the processes on it, or exclude the node', ({ report }) => {
          const busy = report.gpus?.filter(({ pids, used }) => pids.length > 0 || (used ?? 0) > IDLE) ?? [];
          if (busy.length === 0) return undefined;
          const pids = [...new Set(busy.flatMap((gpu) => gpu.pids))];
          const who = pids.length ? `process ${pids.slice(0, 4).join(', ')}` : 'an unknown process';
          return `GPU ${busy.map(({ index }) => index).join(', ')} in use by ${who} (${Math.max(...busy.map(({ used }) => used ?? 0))} MiB)`;
        }),
        ...problems(known, 'warning', 'use one kind of GPU: the slowest one sets the pace', ({ report }) => {
          const other = report.gpus?.find(({ name }) => name !== kind);
          return other && `${other.name}, but ${kind} on other nodes`;
        }),
      ],
    };
  },
};
