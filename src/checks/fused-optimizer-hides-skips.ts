import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const fusedOptimizerHidesSkips: Rule = {
  id: 'fused-optimizer-hides-skips',
  title: 'A fused optimizer under fp16 hides skipped steps from the schedule',
  severity: 'note',
  reads: '`optim`, `fp16` and whether DeepSpeed is used',
  why:
    'Fused kernels skip an update on overflow by themselves, and accelerate does not learn of it: the schedule moves on although nothing was updated, and is ' +
    'ahead by as many steps.',
  fix: 'use bf16, or --optim adamw_torch',
  thread: 'https://github.com/huggingface/accelerate/issues/4242',
  check({ training, deepspeed }) {
    const { optim, fp16 } = training;
    if (optim?.value !== 'adamw_torch_fused' || fp16?.value !== true || deepspeed) return [];
    return [
      {
        message: 'the schedule moves on when a fused optimizer skips an fp16 update',
        evidence: [
          inCommand(optim, 'skips by itself'),
          inCommand(fp16, 'overflows at the start of most runs'),
        ],
      },
    ];
  },
};
