import { settingsOfArgv } from '../job/setting.ts';
import type { Rule } from './finding.ts';

/** torch/distributed/run.py: --standalone sets the endpoint to localhost:0. */
export const standaloneWithManyNodes: Rule = {
  id: 'standalone-with-many-nodes',
  title: '--standalone cannot be combined with several nodes',
  severity: 'warning',
  reads: "torchrun's `--standalone` and `--nnodes`",
  why: 'With --standalone every node waits on its own localhost, where no other node connects: the run hangs until the rendezvous times out. rampcheck launch sets the rendezvous itself.',
  fix: 'remove --standalone',
  check({ command }) {
    if (command.launcher !== 'torchrun' || !command.launcherArgv.includes('--standalone')) return [];
    const nodes = settingsOfArgv(command.launcherArgv).findLast(({ name }) => name === 'nnodes');
    if (!nodes || !(Number(String(nodes.value).split(':').at(-1)) > 1)) return [];
    return [
      {
        message: 'with --standalone the nodes never find each other',
        evidence: [
          { text: '--standalone', means: 'sets the rendezvous to localhost' },
          { text: nodes.text, means: 'requests several nodes' },
        ],
      },
    ];
  },
};
