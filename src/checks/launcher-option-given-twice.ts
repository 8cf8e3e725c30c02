import { settingsOfArgv } from '../job/setting.ts';
import type { Rule } from './finding.ts';

const deciding =
  /^(hostfile|include|exclude|num_nodes|num_gpus|nnodes|nproc_per_node|node_rank|master_addr|master_port|rdzv_endpoint|num_processes|num_machines|config_file|main_process_ip|main_process_port)$/;

export const launcherOptionGivenTwice: Rule = {
  id: 'launcher-option-given-twice',
  title: 'A launcher option is given more than once, with different values',
  severity: 'warning',
  reads: "the launcher's own options",
  why: 'The last one silently wins: with two hostfiles or two numbers of GPUs, the first has no effect.',
  fix: 'keep only the one that you want',
  check({ command }) {
    const given = settingsOfArgv(command.launcherArgv).filter(({ name }) => deciding.test(name));
    return [...new Set(given.map(({ name }) => name))].flatMap((name) => {
      const same = given.filter((setting) => setting.name === name);
      const [first, last] = [same[0], same.at(-1)];
      if (!first || !last || first.value === last.value) return [];
      return [
        {
          message: `${command.launcher}: --${name} is given ${same.length} times: the last one is used`,
          evidence: [
            { text: last.text, means: 'is used' },
            { text: first.text, means: 'is not used' },
          ],
        },
      ];
    });
  },
};
