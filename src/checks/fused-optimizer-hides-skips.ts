import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const fusedOptimizerHidesSkips: Rule = {
  id: 'fused-optimizer-hides-skips',
  title: 'A fused optimizer under fp16 hides skipped steps from the schedule',
  severity: 'note',
  reads: '`optim`, `fp16` and whether DeepSpeed is used',
  why:
    'Fused kernels skip an update on overflow, and accelerate does not notice: the schedule moves on although nothing was updated, and gets ' +
    'ahead by one step each time.',
  fix: 'use bf16, or --optim adamw_torch',
  thread: 'https://github.com/huggingface/accelerate/issues/4242',
  check({ training, deepspeed }) {
    const { optim, fp16 } = training;
    if (optim?.value !== 'adamw_torch_fused' || fp16?.value !== true || deepspeed) return [];
    return [
      {
        message: 'the schedule moves on when a fused optimizer skips an fp16 update',
        evidence: [
          inCommand(optim, 'skips updates without telling accelerate'),
          inCommand(fp16, 'overflows at the start of most runs'),
        ],
      },
    ];
  },
};
