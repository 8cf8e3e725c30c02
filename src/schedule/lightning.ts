/**
 * Lightning 2.6.6, lightning/pytorch/loops/training_epoch_loop.py _update_learning_rates: Lightning steps a torch scheduler
 * after optimizer batches (`interval: step`) or epochs (`interval: epoch`, the default), whenever the number of
 * batches in this epoch, or of epochs, is a multiple of `frequency`.
 */
import * as z from 'zod';
import { define } from './define.ts';
import { innerCurve, innerSchedule } from './inner.ts';
import { refusal } from './refusal.ts';
import type { Family } from './schedule.ts';

const parameters = z.strictObject({
  scheduler: innerSchedule,
  interval: z.enum(['epoch', 'step']).default('epoch'),
  frequency: z.int().positive().default(1),
  accumulate_grad_batches: z.int().positive().default(1),
  /** Forward passes per epoch. Only `interval: step` with frequency 1 does not need it. */
  num_training_batches: z.int().positive().optional(),
});

const config = define('lightning', 'lr_scheduler_config', parameters, {}, (input) => {
  const { name, params, lr0, versions, atOnce } = input;
  const { interval, frequency, accumulate_grad_batches: accumulate, num_training_batches: batches } = params;
  const inner = innerCurve(params.scheduler, lr0, versions, atOnce);
  if (interval === 'step' && frequency === 1) return inner;
  if (batches === undefined) {
    throw refusal(
      name,
      "missing required argument 'num_training_batches'",
      'the number of steps per epoch decides when the scheduler is stepped',
    );
  }
  // The last batch of an epoch steps the optimizer even if it does not complete an accumulation window.
  const updates = Math.ceil(batches / accumulate);
  if (interval === 'epoch') return (step) => inner(Math.floor(Math.floor(step / updates) / frequency));
  const every = frequency / gcd(frequency, accumulate);
  const full = Math.floor(batches / accumulate);
  const perEpoch = Math.floor(full / every) + (batches % accumulate > 0 && batches % frequency === 0 ? 1 : 0);
  return (step) => inner(Math.floor(step / updates) * perEpoch + Math.floor((step % updates) / every));
});

export const lightning: Family = { name: 'lightning', aliases: ['pytorch-lightning'], schedules: [config] };

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
