import { plural } from '../plural.ts';
import type { Rule } from './finding.ts';

export const moreRanksThanDevices: Rule = {
  id: 'more-ranks-than-devices',
  title: 'A node has more ranks than CUDA_VISIBLE_DEVICES lists',
  severity: 'warning',
  reads: '`CUDA_VISIBLE_DEVICES` and the ranks of one node',
  why: 'Every rank uses the device of its local rank. The first rank past the list ends with "invalid device ordinal", and the others wait for it.',
  fix: 'start as many ranks as there are devices, or list more devices',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/1331',
  check({ command, nodes, environment, reach, env, settings }) {
    const visible = env.CUDA_VISIBLE_DEVICES ?? environment.CUDA_VISIBLE_DEVICES;
    // deepspeed sets the variable itself. An empty variable means no GPU: a run on the CPU.
    if (
      !visible ||
      visible === '-1' ||
      reach !== 'here' ||
      !['torchrun', 'accelerate'].includes(command.launcher)
    )
      return [];
    // Ranks on the CPU use no device.
    if (environment.DS_ACCELERATOR === 'cpu' || settings.some(({ name }) => /^(use_cpu|no_cuda)$/.test(name)))
      return [];
    const devices = visible.split(',').filter(Boolean).length;
    const ranks = nodes[0]?.slots.length ?? 0;
    if (ranks <= devices) return [];
    return [
      {
        message: `${ranks} ranks are started, and CUDA_VISIBLE_DEVICES lists ${plural(devices, 'device')}`,
        evidence: [{ text: `CUDA_VISIBLE_DEVICES=${visible}`, means: 'is shared by all ranks of the node' }],
      },
    ];
  },
};
