import { describe, expect, test } from 'vitest';
import type { Declared } from '../../src/contract/rank-event.ts';
import { makeJudge } from '../../src/run/judge.ts';
import type { CurveSpec } from '../../src/schedule/schedule.ts';
import { jobOf } from '../support/job.ts';

const LINE = 'torchrun --nproc-per-node 1 train.py --learning_rate 1e-4';

/** The judge of a command without --expect. */
const judgeOf = (line = LINE) =>
  makeJudge({
    job: jobOf(line),
    samples: undefined,
    holdSteps: 'auto',
    projection: true,
    onMismatch: 'abort',
    afterRelease: 'warn',
    expect: [],
  });

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
    expect(judgeOf().warnings(rank).join('\n')).toMatch(warning);
  });

  test('one that ends with the run is none', () => {
    expect(judgeOf().warnings(declared(linear(10)))).toEqual([]);
  });
});
