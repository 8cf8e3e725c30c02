import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** One rank alone is wrong: its node has another config, another version, another data set. */
export const oneRankOnly: Mode = {
  id: 'one-rank-only',
  title: 'One node alone uses another learning rate: its files, versions or data differ from the others',
  explain(facts) {
    const { alone } = facts;
    if (!alone) return undefined;
    return {
      message: `rank ${alone.rank} on ${alone.node} alone uses another learning rate; the other ${alone.others === 1 ? 'rank follows' : `${alone.others} ranks follow`} the schedule`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `compare ${alone.node} with the other nodes: the script, the DeepSpeed config, environment variables, library versions and the number of samples it sees`,
      ],
    };
  },
};
