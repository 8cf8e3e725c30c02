import type { Rule } from './finding.ts';

/** deepspeed/launcher/launch.py: local_rank = dist_rank % num_local_procs. */
export const unevenSlots: Rule = {
  id: 'uneven-slots',
  title: 'deepspeed gives wrong local ranks when the nodes have different numbers of slots',
  severity: 'error',
  reads: 'the slots of each node',
  why: "The local rank is the global one modulo the node's slots, which holds only when every node before has a multiple of them: two ranks then take one GPU, and another stays idle.",
  fix: 'use the same number of slots on every node, or torchrun',
  check({ command, nodes }) {
    if (command.launcher !== 'deepspeed') return [];
    let before = 0;
    for (const { name, slots, location } of nodes) {
      if (slots.length > 0 && before % slots.length !== 0) {
        return [
          {
            message: `the local ranks of ${name} would begin at ${before % slots.length}: ${before} ranks come before its ${slots.length}`,
            evidence: [{ text: name, means: `has ${slots.length} slots`, ...(location ? { location } : {}) }],
          },
        ];
      }
      before += slots.length;
    }
    return [];
  },
};
