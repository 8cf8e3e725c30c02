import { launcherWords } from '../job/axolotl.ts';
import { settingsOfArgv } from '../job/setting.ts';
import type { Rule } from './finding.ts';

/** axolotl cli/utils/train.py: --rdzv_id is a fresh uuid when only the endpoint is given. */
export const axolotlRendezvousId: Rule = {
  id: 'axolotl-rendezvous-id',
  title: 'Without --rdzv_id axolotl gives every node an id of its own',
  severity: 'error',
  reads: 'what stands behind the second `--` of an axolotl command',
  why: 'axolotl adds a random rendezvous id when there is an endpoint and no id: each node makes another one, and they never meet. rampcheck launch places the nodes itself.',
  fix: 'add --rdzv_id with the same word on every node',
  check({ command }) {
    if (command.launcher !== 'axolotl') return [];
    const given = settingsOfArgv(launcherWords(command.argv));
    const endpoint = given.find(({ name }) => name === 'rdzv_endpoint');
    if (!endpoint || given.some(({ name }) => name === 'rdzv_id')) return [];
    return [
      {
        message: 'every node would join a rendezvous of its own',
        evidence: [{ text: endpoint.text, means: 'comes without --rdzv_id' }],
      },
    ];
  },
};
