import type { Rule } from './finding.ts';
import { inConfig, isWarmup, undeclaredBlock } from './read.ts';

/** deepspeed/runtime/lr_schedules.py: `warmup_type: str = WARMUP_LOG_RATE`. */
export const deepspeedLogWarmup: Rule = {
  id: 'deepspeed-log-warmup',
  title: 'DeepSpeed\'s warmup is logarithmic unless the config sets "linear"',
  severity: 'warning',
  reads: '`scheduler.params.warmup_type`, if the command does not name a schedule',
  why:
    'WarmupLR, WarmupDecayLR and WarmupCosineLR rise with the logarithm of the step by default: half of the peak is reached after ' +
    'the square root of the warmup, 10 of 100 steps. transformers and most papers use a linear warmup.',
  fix: 'write "warmup_type": "linear" into the scheduler\'s params',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/1298',
  check(job) {
    const block = undeclaredBlock(job);
    if (!block || !isWarmup(block) || 'warmup_type' in block.params) return [];
    return [
      {
        message: `the warmup of the DeepSpeed config's ${block.type} is logarithmic: it has no "warmup_type"`,
        asked: 'a warmup',
        wouldRun: 'half of the peak after the square root of the warmup steps',
        evidence: [inConfig(job, ['scheduler', 'type'], 'warms up logarithmically by default')],
        repairs: repairOf(job.deepspeed?.path),
      },
    ];
  },
};

function repairOf(file: string | undefined) {
  if (file === undefined || file === '--deepspeed') return [];
  const path = ['scheduler', 'params', 'warmup_type'];
  return [{ remedy: 'linear', edits: [{ file, path, value: 'linear' }] }];
}
