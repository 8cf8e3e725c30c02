import type { Rule } from './finding.ts';

export const masterAddressLoopback: Rule = {
  id: 'master-address-loopback',
  title: 'The rendezvous address is a loopback address',
  severity: 'error',
  reads: 'the master address of the command, and the nodes',
  why: 'On every node 127.0.0.1 and localhost mean the node itself: each node waits for itself until the rendezvous times out.',
  fix: 'give an address of the first node that the other nodes can reach, or leave it out',
  thread: 'https://github.com/pytorch/pytorch/issues/73656',
  check({ command, reach, nodes }) {
    const address = command.cluster.masterAddress;
    if (
      reach !== 'remote' ||
      nodes.length < 2 ||
      address === undefined ||
      !/^(localhost|127(\.\d+){3}|::1)$/.test(address)
    )
      return [];
    return [
      {
        message: `the rendezvous address is ${address}, which every node reads as itself`,
        evidence: [{ text: address, means: 'cannot be reached from the other nodes' }],
      },
    ];
  },
};
