import { launcherWords } from '../job/axolotl.ts';
import { settingsOfArgv } from '../job/setting.ts';
import type { Rule } from './finding.ts';

/** axolotl cli/utils/train.py: --rdzv_id is a new uuid when only the endpoint is given. */
export const axolotlRendezvousId: Rule = {
  id: 'axolotl-rendezvous-id',
  title: 'Without --rdzv_id axolotl gives each node a different rendezvous id',
  severity: 'error',
  reads: 'the options after the second `--` of an axolotl command',
  why: 'With an endpoint and no id, axolotl makes a random rendezvous id: each node makes a different one, so the rendezvous never completes. rampcheck launch sets the rendezvous itself.',
  fix: 'add --rdzv_id with the same value on every node',
  check({ command }) {
    if (command.launcher !== 'axolotl') return [];
    const given = settingsOfArgv(launcherWords(command.argv));
    const endpoint = given.find(({ name }) => name === 'rdzv_endpoint');
    if (!endpoint || given.some(({ name }) => name === 'rdzv_id')) return [];
    return [
      {
        message: 'each node would join a different rendezvous',
        evidence: [{ text: endpoint.text, means: 'is given without --rdzv_id' }],
      },
    ];
  },
};
