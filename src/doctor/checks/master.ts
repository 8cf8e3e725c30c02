import { type Check, problems, reached } from '../check.ts';

/** The rendezvous port is free on the first node, and every node can reach it. */
export const master: Check = {
  id: 'master',
  run(nodes, { master: wanted }) {
    if (!wanted) return undefined;
    const place = `${wanted.address}:${wanted.port}`;
    if (wanted.error !== null) {
      return {
        summary: place,
        problems: [
          {
            // Excluding the node would not help: the next node would have to listen there.
            node: null,
            severity: 'fatal',
            message: `${nodes[0]?.name} cannot listen at ${place}: ${wanted.error}`,
            fix: 'end the process that listens there, or put an address of this node and another port in the command',
          },
        ],
      };
    }
    return {
      summary: `${place} is free, and every node can reach it`,
      problems: problems(
        reached(nodes),
        'fatal',
        'open the port between the nodes (firewall), or put an address in the command that all of them can reach',
        ({ report }) => (report.master?.error ? `cannot reach ${place}: ${report.master.error}` : undefined),
      ),
    };
  },
};
