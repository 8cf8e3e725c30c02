import { type Check, problems, reached } from '../check.ts';

/**
 * Errors after which a GPU computes wrongly or drops off the bus (NVIDIA's XID catalogue): double-bit ECC 48, row remapping failed 64,
 * NVLink 74, fallen off the bus 79, uncontained and contained ECC 95 and 94, GSP timeout 119 and 120.
 */
const GRAVE = new Set([48, 64, 74, 79, 94, 95, 119, 120]);

export const gpuHealth: Check = {
  id: 'gpu-health',
  run(nodes) {
    const known = reached(nodes).filter(({ report }) => report.gpus !== null);
    if (known.length === 0) return undefined;
    const unread = known.filter(({ report }) => report.xids === null).length;
    const grave = (xids: number[] | null) => [...new Set(xids?.filter((xid) => GRAVE.has(xid)))];
    const fix = 'exclude the node, and have its GPU reset or replaced';
    return {
      summary: `no uncorrected ECC error, no serious XID${unread ? ` (the kernel log of ${unread} could not be read)` : ''}`,
      problems: [
        ...problems(known, 'fatal', fix, ({ report }) => {
          const broken = report.gpus?.filter(({ ecc }) => (ecc ?? 0) > 0) ?? [];
          if (broken.length === 0) return undefined;
          return `uncorrected ECC errors: ${broken.map(({ index, ecc }) => `GPU ${index} has ${ecc}`).join(', ')}`;
        }),
        ...problems(known, 'fatal', fix, ({ report }) => {
          const found = grave(report.xids);
          return found.length ? `XID ${found.join(', ')} since the node was started` : undefined;
        }),
      ],
    };
  },
};
