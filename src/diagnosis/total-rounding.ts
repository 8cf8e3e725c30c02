import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, stepping } from './words.ts';

/** The total is off by less than one step per epoch, or by an epoch: a last partial window counted, or not. */
export const totalRounding: Mode = {
  id: 'total-rounding',
  title:
    'The total is off by a step or so per epoch: the last, partial batch or accumulation window is counted, or not',
  thread: 'https://github.com/huggingface/transformers/issues/37777',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total) return undefined;
    const epochs = Math.max(1, Math.ceil(Number(facts.declared.training.num_train_epochs ?? 3)));
    const off = Math.abs(total.actual - total.expected);
    if (off > epochs || off > total.expected / 3) return undefined;
    return {
      message: `the schedule is made for ${total.actual} steps, the run has ${total.expected}: the last, partial batch or accumulation window of an epoch is ${
        total.actual > total.expected ? 'counted, and not trained' : 'trained, and not counted'
      }`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        'count updates per epoch as the loop makes them: ceil(len(dataloader) / accumulation) when the last window is trained, floor when it is dropped',
      ],
    };
  },
};
