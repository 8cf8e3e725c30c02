import type { Rule } from './finding.ts';
import { configValue, trainerFills } from './read.ts';

/** accelerate/utils/dataclasses.py, DeepSpeedPlugin. */
export const deepspeedZeroMissing: Rule = {
  id: 'deepspeed-zero-missing',
  title: 'The DeepSpeed config has no zero_optimization',
  severity: 'error',
  reads: '`zero_optimization`',
  why: 'accelerate, and therefore the Trainer, refuses a config without it: "Please specify the ZeRO optimization config in the DeepSpeed config". DeepSpeed itself would use stage 0.',
  fix: 'write "zero_optimization": { "stage": 0 }, or the stage that you want',
  check(job) {
    const { deepspeed } = job;
    if (!deepspeed || !trainerFills(job) || configValue(job, ['zero_optimization']) !== undefined) return [];
    const file = deepspeed.path;
    return [
      {
        message: 'the DeepSpeed config has no "zero_optimization": accelerate refuses it',
        evidence: [{ text: file, location: { file }, means: 'does not set a ZeRO stage' }],
        repairs:
          file === '--deepspeed'
            ? []
            : [{ remedy: 'stage-0', edits: [{ file, path: ['zero_optimization'], value: { stage: 0 } }] }],
      },
    ];
  },
};
