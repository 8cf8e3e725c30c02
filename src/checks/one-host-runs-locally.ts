import type { Rule } from './finding.ts';

export const oneHostRunsLocally: Rule = {
  id: 'one-host-runs-locally',
  title: 'With one host left, deepspeed starts the run on this machine',
  severity: 'warning',
  reads: 'the hostfile, the filters and `--force_multi`',
  why:
    'If only one host is left, deepspeed starts the run on the machine where the command was typed, whatever the name of the host is. rampcheck launch starts ' +
    'it on the named host.',
  fix: 'add --force_multi to the deepspeed command',
  thread: 'https://github.com/deepspeedai/DeepSpeed-MII/issues/243',
  check({ command, nodes, reach }) {
    const [node, more] = nodes;
    if (command.launcher !== 'deepspeed' || reach !== 'remote' || !node || more) return [];
    if (command.launcherArgv.some((word) => word === '--force_multi' || word === '--no_ssh')) return [];
    return [
      {
        message: `deepspeed alone would start this on the machine where it is typed, not on ${node.name}`,
        evidence: [
          {
            text: node.name,
            means: 'is the only host left',
            ...(node.location ? { location: node.location } : {}),
          },
        ],
      },
    ];
  },
};
