import { settingsOfArgv } from '../job/setting.ts';
import type { Rule } from './finding.ts';

/** torch/distributed/run.py: --standalone replaces the endpoint by localhost:0. */
export const standaloneWithManyNodes: Rule = {
  id: 'standalone-with-many-nodes',
  title: '--standalone and several nodes exclude each other',
  severity: 'warning',
  reads: "torchrun's `--standalone` and `--nnodes`",
  why: '--standalone makes every node wait for the others at its own localhost, where nobody comes: the run hangs until the rendezvous times out. rampcheck launch places the nodes itself.',
  fix: 'remove --standalone',
  check({ command }) {
    if (command.launcher !== 'torchrun' || !command.launcherArgv.includes('--standalone')) return [];
    const nodes = settingsOfArgv(command.launcherArgv).findLast(({ name }) => name === 'nnodes');
    if (!nodes || !(Number(String(nodes.value).split(':').at(-1)) > 1)) return [];
    return [
      {
        message: 'with --standalone no other node is ever found',
        evidence: [
          { text: '--standalone', means: 'meets at localhost' },
          { text: nodes.text, means: 'asks for several nodes' },
        ],
      },
    ];
  },
};
