import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

const FLOOR = 1e-3;

export const greedyFloor: Rule = {
  id: 'greedy-floor',
  title: "GreedyLR's default floor of 1e-3 is above the learning rate",
  severity: 'violation',
  reads: '`lr_scheduler_type greedy`, `learning_rate` and `min_lr` in `lr_scheduler_kwargs`',
  why: 'Each reduction takes the larger of the reduced rate and min_lr, which is 1e-3 by default: the first reduction raises a learning rate of 1e-5 a hundredfold.',
  fix: 'set min_lr in lr_scheduler_kwargs below the learning rate',
  check({ training, defaults }) {
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs, learning_rate: lr } = training;
    const rate = lr?.value ?? defaults.learning_rate;
    if (type?.value !== 'greedy' || kwargs?.value.min_lr !== undefined || rate >= FLOOR) return [];
    return [
      {
        message: `greedy has a floor of 1e-3, and the learning rate is ${exactRate(rate)}: the first reduction raises it`,
        asked: `${exactRate(rate)} and below`,
        wouldRun: 'at least 1e-3 from the first reduction on',
        evidence: [inCommand(type, 'has min_lr 1e-3 by default')],
      },
    ];
  },
};
