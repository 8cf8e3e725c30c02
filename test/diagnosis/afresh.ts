/** Failure modes that were unexplained once, or that one value was taken for; three situations or more of each. */
import { libraryCurve } from '../../src/schedule/index.ts';
import type { Curve, CurveSpec } from '../../src/schedule/schedule.ts';
import { own, type Situation, TOTAL } from './situation.ts';

const WARMUP = 8;
const PEAK = 1e-4;

const transformers = (scheduler: string, params: Record<string, unknown> = {}): CurveSpec => ({
  lib: 'transformers',
  scheduler,
  params: { num_warmup_steps: WARMUP, num_training_steps: TOTAL, ...params },
  lr0: PEAK,
});
const [cosine, linear, constant] = ['cosine', 'linear', 'constant'].map((name) => transformers(name)) as [
  CurveSpec,
  CurveSpec,
  CurveSpec,
];
const [cosineAt, linearAt] = [libraryCurve(cosine), libraryCurve(linear)];
const floored = transformers('cosine_with_min_lr', { min_lr: 1e-5 });
const written = (last_lrs: number[], more: object = {}) => ({ in_force: { ...own, last_lrs, ...more } });

/** A loop's own function: a warmup whose first value is 1/W, then half a cosine down to a tenth, counted by `progress`. */
const loop =
  (progress: (step: number) => number): Curve =>
  (step) =>
    step < WARMUP
      ? (PEAK * (step + 1)) / WARMUP
      : PEAK * (0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * progress(step))));
const right = loop((step) => (step - WARMUP) / (TOTAL - WARMUP));

export const afresh: [id: string, what: string, situation: Situation][] = [
  [
    'decay-from-start',
    'a cosine',
    {
      asked: cosine,
      actual: (s) =>
        s < WARMUP ? cosineAt(s) : libraryCurve(transformers('cosine', { num_warmup_steps: 0 }))(s),
    },
  ],
  [
    'decay-from-start',
    'a line beneath its warmup',
    {
      asked: linear,
      actual: (s) => PEAK * Math.min(1, s / WARMUP) * (1 - s / TOTAL),
    },
  ],
  [
    'decay-from-start',
    'values of --expect, with a minimum',
    {
      asked: cosine,
      values: true,
      expected: right,
      actual: loop((step) => step / TOTAL),
      source: '--expect',
    },
  ],
  [
    'decay-from-start',
    'a cosine with a minimum',
    {
      asked: floored,
      actual: (s) =>
        s < WARMUP
          ? libraryCurve(floored)(s)
          : libraryCurve({ ...floored, params: { ...floored.params, num_warmup_steps: 0 } })(s),
    },
  ],

  ['one-step-of-warmup', 'a constant, projected', { asked: constant, actual: (s) => PEAK * Math.min(1, s) }],
  [
    'one-step-of-warmup',
    'a cosine without warmup',
    {
      asked: transformers('cosine', { num_warmup_steps: 0 }),
      actual: (s) => (s === 0 ? 0 : libraryCurve(transformers('cosine', { num_warmup_steps: 0 }))(s)),
    },
  ],
  [
    'one-step-of-warmup',
    'seen at the first update of a loop',
    { asked: constant, by: 'observation', assumed: true, actual: (s) => PEAK * Math.min(1, s) },
  ],
  [
    'one-step-of-warmup',
    'values of --expect',
    { asked: constant, values: true, expected: () => PEAK, actual: (s) => PEAK * Math.min(1, s) },
  ],

  [
    'swapped-lengths',
    'a cosine',
    {
      asked: cosine,
      actual: libraryCurve(transformers('cosine', { num_warmup_steps: TOTAL, num_training_steps: WARMUP })),
    },
  ],
  ['swapped-lengths', 'a line', { asked: linear, actual: (s) => (PEAK * s) / TOTAL }],
  [
    'swapped-lengths',
    'values of --expect',
    { asked: cosine, values: true, actual: (s) => (PEAK * s) / TOTAL },
  ],

  [
    'batch-ramp-up',
    'half of the batch',
    {
      asked: cosine,
      actual: (s) => cosineAt(s / 2),
      in_force: { ...own, class: 'OptimizerParamScheduler', module: 'megatron.core' },
    },
  ],
  [
    'batch-ramp-up',
    'a quarter, seen at one update',
    {
      asked: linear,
      by: 'observation',
      actual: (s) => linearAt(s / 4),
      in_force: { ...own, class: 'OptimizerParamScheduler', module: 'megatron.core' },
      violation: { scheduler: 16 },
    },
  ],
  [
    'batch-ramp-up',
    'three eighths, by values of --expect',
    {
      asked: linear,
      values: true,
      actual: (s) => linearAt((3 * s) / 8),
      in_force: { ...own, class: 'OptimizerParamScheduler', module: 'megatron.core' },
    },
  ],

  [
    'resume-decayed-peak',
    'goes on',
    { asked: cosine, start: 20, actual: (s) => (cosineAt(s) * cosineAt(20)) / PEAK },
  ],
  [
    'resume-decayed-peak',
    'starts again',
    { asked: cosine, start: 20, actual: (s) => (cosineAt(s - 20) * cosineAt(19)) / PEAK },
  ],
  [
    'resume-decayed-peak',
    'seen at one update',
    {
      asked: linear,
      start: 20,
      by: 'observation',
      actual: (s) => (linearAt(s) * linearAt(20)) / PEAK,
      in_force: { ...own, base_lrs: [linearAt(20)] },
    },
  ],

  [
    'group-joins-late',
    'a group with a rate of its own',
    { asked: cosine, group: 1, base_lrs: [PEAK, 1e-5], actual: (s) => (s === 0 ? 1e-5 : cosineAt(s) / 10) },
  ],
  [
    'group-joins-late',
    'a group with the same rate',
    { asked: cosine, group: 2, base_lrs: [PEAK, PEAK, PEAK], actual: (s) => (s === 0 ? PEAK : cosineAt(s)) },
  ],
  [
    'group-joins-late',
    'seen at the first update',
    {
      asked: linear,
      group: 1,
      base_lrs: [PEAK, 5e-5],
      by: 'observation',
      assumed: true,
      actual: (s) => (s === 0 ? 5e-5 : linearAt(s) / 2),
    },
  ],

  [
    'overwritten',
    'doubled by the loop, behind DeepSpeed',
    {
      asked: linear,
      source: 'DeepSpeed config',
      by: 'observation',
      actual: (s) => 2 * linearAt(s),
      ...written([linearAt(1)]),
    },
  ],
  [
    'overwritten',
    'held by a callback from a step on',
    {
      asked: cosine,
      by: 'observation',
      actual: (s) => (s < 12 ? cosineAt(s) : 3e-5),
      ...written([cosineAt(12)]),
    },
  ],
  [
    'overwritten',
    'a second group set to 0',
    {
      asked: cosine,
      group: 1,
      base_lrs: [PEAK, 1e-5],
      by: 'observation',
      actual: () => 0,
      ...written([cosineAt(1), cosineAt(1) / 10]),
    },
  ],

  [
    'copied-groups',
    'the optimizer keeps its base rate',
    { asked: cosine, by: 'observation', actual: () => PEAK, ...written([0], { copies: true }) },
  ],
  [
    'copied-groups',
    'the optimizer keeps its first value',
    { asked: cosine, by: 'observation', actual: () => 0, ...written([cosineAt(1)], { copies: true }) },
  ],
  [
    'copied-groups',
    'in a second group',
    {
      asked: cosine,
      group: 1,
      base_lrs: [PEAK, 1e-5],
      by: 'observation',
      actual: () => 1e-5,
      ...written([0, 0], { copies: true }),
    },
  ],

  [
    'no-scheduler',
    'rebuilt after a first phase, where a warmup was due',
    {
      asked: cosine,
      by: 'observation',
      actual: () => PEAK,
      in_force: { class: 'no scheduler', module: '', stepped_by: 'the training loop' },
    },
  ],
  [
    'no-scheduler',
    'rebuilt, a constant with a warmup',
    {
      asked: transformers('constant_with_warmup'),
      by: 'observation',
      actual: () => PEAK,
      in_force: { class: 'no scheduler', module: '', stepped_by: 'the training loop' },
    },
  ],
  [
    'no-scheduler',
    'a line with a warmup',
    {
      asked: linear,
      by: 'observation',
      actual: () => PEAK,
      in_force: { class: 'no scheduler', module: '', stepped_by: 'the training loop' },
    },
  ],

  [
    'total-in-epochs',
    'T_max 5 of a Trainer’s run with five epochs',
    {
      asked: transformers('cosine', { num_warmup_steps: 0 }),
      training: { num_train_epochs: 5 },
      violation: { steps_per_update: 1 },
      actual: libraryCurve(transformers('cosine', { num_warmup_steps: 0, num_training_steps: 5 })),
    },
  ],
  [
    'total-in-epochs',
    'CosineAnnealingLR in a loop',
    {
      asked: transformers('cosine', { num_warmup_steps: 0 }),
      actual: libraryCurve(transformers('cosine', { num_warmup_steps: 0, num_training_steps: 8 })),
      in_force: { ...own, class: 'CosineAnnealingLR' },
      violation: { steps_per_update: 1 },
    },
  ],
  [
    'total-in-epochs',
    'stepped once per update, as its position shows',
    {
      asked: transformers('cosine', { num_warmup_steps: 0 }),
      by: 'observation',
      assumed: true,
      actual: libraryCurve(transformers('cosine', { num_warmup_steps: 0, num_training_steps: 10 })),
      in_force: { ...own, class: 'CosineAnnealingLR' },
      violation: { scheduler: 1 },
    },
  ],
];
