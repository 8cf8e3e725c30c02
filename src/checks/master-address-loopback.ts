import type { Rule } from './finding.ts';

export const masterAddressLoopback: Rule = {
  id: 'master-address-loopback',
  title: "The meeting place is this machine's own loopback address",
  severity: 'error',
  reads: 'the master address of the command, and the nodes',
  why: '127.0.0.1 and localhost are another machine on every node: each waits for itself until the rendezvous times out.',
  fix: 'give an address of the first node that the others reach, or leave it out',
  thread: 'https://github.com/pytorch/pytorch/issues/73656',
  check({ command, executor, nodes }) {
    const address = command.cluster.masterAddress;
    if (
      executor !== 'ssh' ||
      nodes.length < 2 ||
      address === undefined ||
      !/^(localhost|127(\.\d+){3}|::1)$/.test(address)
    )
      return [];
    return [
      {
        message: `the nodes would meet at ${address}, which is every node itself`,
        evidence: [{ text: address, means: 'is not reached from the other nodes' }],
      },
    ];
  },
};
