import { type Check, problems, reached } from '../check.ts';

/** Every rank opens sockets to many others, and data loaders open files. */
const FILES = 4096;

export const limits: Check = {
  id: 'limits',
  run(nodes) {
    const known = reached(nodes);
    if (known.length === 0) return undefined;
    const infiniband = (name: string | null | undefined) => name?.startsWith('ib') === true;
    const fix = 'raise the limit in /etc/security/limits.conf, or in the unit of sshd';
    return {
      summary: 'the limits for open files, locked memory and processes are high enough',
      problems: [
        ...problems(known, 'warning', fix, ({ report }) =>
          report.limits.nofile !== null && report.limits.nofile < FILES
            ? `ulimit -n is ${report.limits.nofile}`
            : undefined,
        ),
        ...problems(known, 'warning', fix, ({ report, slots }) =>
          report.limits.nproc !== null && report.limits.nproc < slots * 256
            ? `ulimit -u is ${report.limits.nproc}`
            : undefined,
        ),
        ...problems(known, 'warning', fix, ({ report }) =>
          report.limits.memlock !== null && infiniband(report.route?.interface)
            ? 'ulimit -l is not unlimited: InfiniBand cannot register memory'
            : undefined,
        ),
      ],
    };
  },
};
