import { type Check, problems, reached, usual } from '../check.ts';

/** The interface by which each node reaches the others: what NCCL and Gloo should be told where they choose wrongly. */
export const network: Check = {
  id: 'network',
  run(nodes, { local }) {
    const known = reached(nodes).filter(({ report }) => report.route !== null);
    if (local || known.length < 2) return undefined;
    const names = known.map(({ report }) => report.route?.interface ?? '?');
    const most = usual(names);
    return {
      summary: `by ${[...new Set(names)].join(', ')}: NCCL_SOCKET_IFNAME=${most} GLOO_SOCKET_IFNAME=${most}`,
      problems: problems(
        known,
        'warning',
        'with interfaces of different names, name them by prefix (NCCL_SOCKET_IFNAME=eth,ens)',
        ({ report }) =>
          report.route?.interface === most
            ? undefined
            : `${report.route?.interface ?? '?'}, and ${most} elsewhere`,
      ),
    };
  },
};
