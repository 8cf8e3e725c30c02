import type { Rule } from './finding.ts';

export const moreRanksThanDevices: Rule = {
  id: 'more-ranks-than-devices',
  title: 'More ranks than CUDA_VISIBLE_DEVICES shows',
  severity: 'warning',
  reads: '`CUDA_VISIBLE_DEVICES` and the ranks of one node',
  why: 'Every rank takes the device of its local rank; the first one past the list ends with "invalid device ordinal", and the others wait for it.',
  fix: 'start as many ranks as there are devices, or show more devices',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/1331',
  check({ command, nodes, environment, executor, env, settings }) {
    const visible = env.CUDA_VISIBLE_DEVICES ?? environment.CUDA_VISIBLE_DEVICES;
    // deepspeed sets the variable itself; an empty one means no GPU at all, a run on the CPU.
    if (
      !visible ||
      visible === '-1' ||
      executor !== 'local' ||
      !['torchrun', 'accelerate'].includes(command.launcher)
    )
      return [];
    // Ranks on the CPU take no device.
    if (environment.DS_ACCELERATOR === 'cpu' || settings.some(({ name }) => /^(use_cpu|no_cuda)$/.test(name)))
      return [];
    const devices = visible.split(',').filter(Boolean).length;
    const ranks = nodes[0]?.slots.length ?? 0;
    if (ranks <= devices) return [];
    return [
      {
        message: `${ranks} ranks are started, and CUDA_VISIBLE_DEVICES shows ${devices} device${devices === 1 ? '' : 's'}`,
        evidence: [{ text: `CUDA_VISIBLE_DEVICES=${visible}`, means: 'is shared by all ranks of the node' }],
      },
    ];
  },
};
