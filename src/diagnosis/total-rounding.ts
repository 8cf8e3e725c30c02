import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The total is off by less than one step per epoch, or by one epoch: the last partial window is counted or not. */
export const totalRounding: Mode = {
  id: 'total-rounding',
  title:
    'The total is off by about one step per epoch: the last partial batch or accumulation window is counted or not',
  thread: 'https://github.com/huggingface/transformers/issues/37777',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total) return undefined;
    const epochs = Math.max(1, Math.ceil(Number(facts.declared.training.num_train_epochs ?? 3)));
    const off = Math.abs(total.actual - total.expected);
    if (off > epochs || off > total.expected / 3) return undefined;
    return {
      message: `the schedule is built for ${total.actual} steps, but the run has ${total.expected}: the last partial batch or accumulation window of an epoch is ${
        total.actual > total.expected ? 'counted but not trained' : 'trained but not counted'
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'count the updates per epoch as the loop makes them: ceil(len(dataloader) / accumulation) if the last window is trained, floor if it is dropped',
      ],
    };
  },
};
