import { type Check, problems, reached } from '../check.ts';

/** The port where all ranks meet is free on the first node, and every node reaches it there. */
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
            // Leaving the node out would not help: the next one would be asked to listen there.
            node: null,
            severity: 'fatal',
            message: `${nodes[0]?.name} cannot listen at ${place}: ${wanted.error}`,
            fix: 'end what listens there, or name an address of this node and another port in the command',
          },
        ],
      };
    }
    return {
      summary: `${place} is free, and reached from every node`,
      problems: problems(
        reached(nodes),
        'fatal',
        'open the port between the nodes (firewall), or name an address in the command that all of them reach',
        ({ report }) => (report.master?.error ? `cannot reach ${place}: ${report.master.error}` : undefined),
      ),
    };
  },
};
