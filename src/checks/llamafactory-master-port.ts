import type { Rule } from './finding.ts';

/** LLaMA-Factory launcher.py: MASTER_PORT defaults to a free port of each node. */
export const llamafactoryMasterPort: Rule = {
  id: 'llamafactory-master-port',
  title: 'Without MASTER_PORT each node chooses a different port',
  severity: 'warning',
  reads: '`NNODES` and `MASTER_PORT`',
  why: 'LLaMA-Factory looks for a free port on each node: the nodes then wait on different ports, and the rendezvous never completes. rampcheck launch gives all of them the same port.',
  fix: 'set MASTER_PORT to the same number on every node',
  thread: 'https://github.com/hiyouga/LlamaFactory/issues/3611',
  check({ command, environment }) {
    if (
      command.launcher !== 'llamafactory-cli' ||
      environment.MASTER_PORT ||
      !(Number(environment.NNODES) > 1)
    )
      return [];
    return [
      {
        message: `${environment.NNODES} nodes are requested, and each would choose a different master port`,
        evidence: [{ text: `NNODES=${environment.NNODES}`, means: 'is set without MASTER_PORT' }],
      },
    ];
  },
};
