import { asRecord } from '../job/scheduler-block.ts';
import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { configValue, inCommand, inConfig, trainerFills, undeclaredBlock } from './read.ts';

/** FusedAdam, DeepSpeedCPUAdam and torch's AdamW all have lr=1e-3. */
const DEFAULT_LR = 1e-3;

export const deepspeedOptimizerDefaultLr: Rule = {
  id: 'deepspeed-optimizer-default-lr',
  title: "The DeepSpeed config's optimizer has no lr: it starts with 1e-3",
  severity: 'violation',
  reads: '`optimizer.params.lr` and `learning_rate`',
  why:
    'An optimizer block without "lr" uses the optimizer\'s own default, 1e-3 for Adam and AdamW. transformers fills in only keys that ' +
    'are present, so the learning_rate of the command has no effect, and the schedule is scaled to 1e-3.',
  fix: 'write "lr": "auto" into the optimizer\'s params',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/7303',
  check(job) {
    const optimizer = configValue(job, ['optimizer']);
    const { type, params } = asRecord(optimizer);
    const asked = job.training.learning_rate;
    if (typeof type !== 'string' || !/^adamw?$/i.test(type) || 'lr' in asRecord(params)) return [];
    if (!asked || asked.value === DEFAULT_LR || !trainerFills(job)) return [];
    const block = undeclaredBlock(job);
    // A DeepSpeed scheduler that replaces the requested one is reported by deepspeed-scheduler-replaces.
    if (configValue(job, ['scheduler']) && !block) return [];
    if (block && (block.type === 'WarmupDecayLR' || 'warmup_max_lr' in block.params)) return [];
    return [
      {
        message: `the DeepSpeed config's ${type} has no "lr": the learning rate starts from 1e-3`,
        asked: `peak ${exactRate(asked.value)}`,
        wouldRun: 'peak 1e-3',
        evidence: [
          inConfig(job, ['optimizer', 'type'], 'uses its own default lr'),
          inCommand(asked, 'is not used'),
        ],
        repairs:
          job.deepspeed && job.deepspeed.path !== '--deepspeed'
            ? [
                {
                  remedy: 'auto',
                  edits: [{ file: job.deepspeed.path, path: ['optimizer', 'params', 'lr'], value: 'auto' }],
                },
              ]
            : [],
      },
    ];
  },
};
