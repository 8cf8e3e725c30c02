import { describe, expect, test } from 'vitest';
import type { Declared, EventOf } from '../../src/contract/rank-event.ts';
import { judgeDeclared } from '../../src/run/judge.ts';
import { newRun } from '../../src/run/run.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';

/** The warnings of a run in which one rank declares this. */
function warnings(declared: Declared): string[] {
  const run = newRun(['a']);
  const event = { ...declared, type: 'declared', rank: 0, optimizer: 0 } as EventOf<'declared'>;
  expect(judgeDeclared(run, 0, event, { samples: undefined, onMismatch: 'abort' })).toBeUndefined();
  return run.warnings;
}

/** What a rank declares of the schedule that it is asked for. */
function declared(asked: CurveSpec, more: Partial<Declared> = {}): Declared {
  return {
    asked,
    expected: asked,
    total: 10,
    start: 0,
    base_lrs: [asked.lr0],
    in_force: { class: 'LambdaLR', module: 'torch.optim.lr_scheduler', stepped_by: 'the Trainer' },
    training: {},
    versions: {},
    ...more,
  } as Declared;
}

const linear = (warmup: number): CurveSpec => ({
  lib: 'transformers',
  scheduler: 'linear',
  params: { num_warmup_steps: warmup, num_training_steps: 10 },
  lr0: 1e-4,
});

describe('a warmup that is longer than its run is a warning', () => {
  const warmupDecay: CurveSpec = {
    lib: 'deepspeed',
    scheduler: 'WarmupDecayLR',
    params: { warmup_num_steps: 20, total_num_steps: 10, warmup_max_lr: 1e-4 },
    lr0: 1e-4,
  };
  test.each([
    ['of transformers', declared(linear(30)), /warmup of 30 steps is longer than the run of 10/],
    ["of DeepSpeed's own config", declared(warmupDecay), /warmup of 20 steps is longer than the run of 10/],
    [
      'of DeepSpeed in place of transformers',
      declared(linear(20), { expected: warmupDecay }),
      /warmup of 20 steps is longer than the run of 10/,
    ],
  ])('%s', (_, rank, warning) => {
    expect(warnings(rank).join('\n')).toMatch(warning);
  });

  test('one that ends with the run is none', () => {
    expect(warnings(declared(linear(10)))).toEqual([]);
  });
});
