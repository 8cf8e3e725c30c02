import type { Rule } from './finding.ts';

/** deepspeed/launcher/launch.py: local_rank = dist_rank % num_local_procs. */
export const unevenSlots: Rule = {
  id: 'uneven-slots',
  title: 'deepspeed assigns wrong local ranks when the nodes have different numbers of slots',
  severity: 'error',
  reads: 'the slots of each node',
  why: "deepspeed computes the local rank as the global rank modulo the node's slots. This is correct only if the ranks on all earlier nodes are a multiple of these slots; otherwise two ranks use one GPU, and another GPU stays idle.",
  fix: 'use the same number of slots on every node, or torchrun',
  check({ command, nodes }) {
    if (command.launcher !== 'deepspeed') return [];
    let before = 0;
    for (const { name, slots, location } of nodes) {
      if (slots.length > 0 && before % slots.length !== 0) {
        return [
          {
            message: `the local ranks of ${name} would start at ${before % slots.length}: ${before} ranks come before its ${slots.length}`,
            evidence: [{ text: name, means: `has ${slots.length} slots`, ...(location ? { location } : {}) }],
          },
        ];
      }
      before += slots.length;
    }
    return [];
  },
};
