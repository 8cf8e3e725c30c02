import { schedulerBlock } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { inConfig, isWarmup } from './read.ts';

/** WarmupLR.__init__: an unknown warmup_type is reported in the log and then treated as "log". */
export const deepspeedWarmupTypeUnknown: Rule = {
  id: 'deepspeed-warmup-type-unknown',
  title: 'DeepSpeed treats an unknown warmup_type as "log"',
  severity: 'violation',
  reads: '`scheduler.params.warmup_type`',
  why: 'DeepSpeed knows "log" and "linear". For any other word each rank logs one warning, and the warmup is logarithmic.',
  fix: 'write "warmup_type": "linear" or "log"',
  thread: 'https://github.com/deepspeedai/DeepSpeed/pull/1530',
  check(job) {
    const block = schedulerBlock(job);
    const type = block?.params.warmup_type;
    if (!block || !isWarmup(block) || typeof type !== 'string' || ['log', 'linear', 'auto'].includes(type))
      return [];
    return [
      {
        message: `DeepSpeed has no warmup_type ${JSON.stringify(type)}: the warmup is logarithmic`,
        asked: `a ${type} warmup`,
        wouldRun: 'a logarithmic warmup',
        evidence: [inConfig(job, ['scheduler', 'params', 'warmup_type'], 'is neither "log" nor "linear"')],
      },
    ];
  },
};
