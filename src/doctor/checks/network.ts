import { type Check, problems, reached, usual } from '../check.ts';

/** The interface through which each node reaches the others: the value to give NCCL and Gloo if they choose a wrong one. */
export const network: Check = {
  id: 'network',
  run(nodes, { local }) {
    const known = reached(nodes).filter(({ report }) => report.route !== null);
    if (local || known.length < 2) return undefined;
    const names = known.map(({ report }) => report.route?.interface ?? '?');
    const most = usual(names);
    return {
      summary: `through ${[...new Set(names)].join(', ')}: NCCL_SOCKET_IFNAME=${most} GLOO_SOCKET_IFNAME=${most}`,
      problems: problems(
        known,
        'warning',
        'give the prefixes of all interface names (NCCL_SOCKET_IFNAME=eth,ens)',
        ({ report }) =>
          report.route?.interface === most
            ? undefined
            : `${report.route?.interface ?? '?'}, but ${most} on other nodes`,
      ),
    };
  },
};
