import { type Check, problems, reached } from '../check.ts';

/** Every rank holds sockets to many others, and data loaders hold files. */
const FILES = 4096;

export const limits: Check = {
  id: 'limits',
  run(nodes) {
    const known = reached(nodes);
    if (known.length === 0) return undefined;
    const infiniband = (name: string | null | undefined) => name?.startsWith('ib') === true;
    const fix = 'raise it in /etc/security/limits.conf, or in the unit of sshd';
    return {
      summary: 'open files, locked memory and processes suffice',
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
            ? 'ulimit -l is limited: InfiniBand cannot register memory'
            : undefined,
        ),
      ],
    };
  },
};
