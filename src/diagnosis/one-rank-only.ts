import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** Only one rank is wrong: its node has a different config, version or data set. */
export const oneRankOnly: Mode = {
  id: 'one-rank-only',
  title: 'Only one node uses a different learning rate: its files, versions or data differ from the others',
  explain(facts) {
    const { alone } = facts;
    if (!alone) return undefined;
    return {
      message: `only rank ${alone.rank} on ${alone.node} uses a different learning rate; the other ${alone.others === 1 ? 'rank follows' : `${alone.others} ranks follow`} the schedule`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `compare ${alone.node} with the other nodes: the script, the DeepSpeed config, environment variables, library versions and the number of samples it sees`,
      ],
    };
  },
};
