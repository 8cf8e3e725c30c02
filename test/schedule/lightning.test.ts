import { expect, test } from 'vitest';
import { curve } from '../../src/schedule/index.ts';

/** Steps of the wrapped scheduler before each optimizer step, read off a schedule that doubles with every one. */
function schedulerSteps(config: Record<string, unknown>, count: number): number[] {
  const scheduler = { scheduler: 'ExponentialLR', params: { gamma: 2 } };
  const lr = curve({
    lib: 'lightning',
    scheduler: 'lr_scheduler_config',
    params: { scheduler, ...config },
    lr0: 1,
  });
  return Array.from({ length: count }, (_, step) => Math.log2(lr(step)));
}

/** The loop itself: batches, windows, and what Lightning does after each (training_epoch_loop.py, 2.6.6). */
function looped(
  batches: number,
  accumulate: number,
  interval: string,
  frequency: number,
  count: number,
): number[] {
  const before: number[] = [];
  let steps = 0;
  for (let epoch = 0; before.length < count; epoch++) {
    for (let index = 0; index < batches; index++) {
      const last = index + 1 === batches;
      if ((index + 1) % accumulate === 0 || last) {
        before.push(steps);
        if (interval === 'step' && (index + 1) % frequency === 0) steps += 1;
      }
      if (last && interval === 'epoch' && (epoch + 1) % frequency === 0) steps += 1;
    }
  }
  return before.slice(0, count);
}

test('as Lightning steps it', () => {
  for (const interval of ['epoch', 'step']) {
    for (const [batches, accumulate, frequency] of [
      [7, 1, 1],
      [7, 2, 1],
      [7, 2, 2],
      [7, 2, 3],
      [8, 4, 6],
      [9, 3, 3],
      [5, 5, 2],
      [10, 4, 5],
    ] as const) {
      const config = {
        interval,
        frequency,
        accumulate_grad_batches: accumulate,
        num_training_batches: batches,
      };
      expect(schedulerSteps(config, 30), JSON.stringify(config)).toEqual(
        looped(batches, accumulate, interval, frequency, 30),
      );
    }
  }
});

test('the default steps once an epoch, which needs to be known', () => {
  expect(() => schedulerSteps({}, 1)).toThrow("missing required argument 'num_training_batches'");
  expect(schedulerSteps({ interval: 'step' }, 4)).toEqual([0, 1, 2, 3]);
});
