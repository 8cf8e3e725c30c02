import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countJobSteps } from '../../src/job/count-job-steps.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { planCurve } from '../../src/plan/planned-curve.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import { root } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';

const yaml = 'learning_rate: 2.0e-4\nwarmup_steps: 8\nmax_steps: 80\n';
const planned = (line: string, files: Record<string, string>) => {
  const job = jobOf(line, files);
  return planCurve(job, countJobSteps(job));
};
const axolotl = (more: string) => planned('axolotl train a.yml', { 'a.yml': `${yaml}${more}` });

describe('axolotl’s own settings are the curves that were recorded from it', () => {
  const floor = 'cosine_min_lr_ratio: 0.1\n';
  test.each([
    ['axolotl_quadratic', 'lr_scheduler: cosine\nlr_quadratic_warmup: true\n'],
    ['axolotl_warmup_decay_constant', `${floor}cosine_constant_lr_ratio: 0.8\n`],
    [
      'axolotl_jagged',
      `${floor}jagged_restart_steps: 20\njagged_restart_warmup_steps: 5\njagged_restart_anneal_steps: 2\n`,
    ],
  ])('%s', (name, settings) => {
    const golden = JSON.parse(readFileSync(join(root, 'test', 'golden', `${name}.json`), 'utf8')) as {
      steps: number[];
      lrs: number[];
      params: { min_lr_scale?: number };
    };
    const { spec } = axolotl(settings);
    if (!spec) throw new Error('nothing is planned');
    // axolotl takes the floor of its cosine for the restarts too; the recorded curve has another one.
    const params = golden.params.min_lr_scale
      ? { ...spec.params, min_lr_scale: golden.params.min_lr_scale }
      : spec.params;
    const lr = libraryCurve({ ...spec, params });
    for (const [at, step] of golden.steps.entries())
      expect(Math.abs(lr(step) - (golden.lrs[at] ?? Number.NaN)), `step ${step}`).toBeLessThanOrEqual(
        1e-12 * 2e-4,
      );
  });
});

test.each([
  ['', 'transformers:cosine', {}],
  ['lr_scheduler: linear\ncosine_min_lr_ratio: 0.1\n', 'transformers:linear', {}],
  ['cosine_min_lr_ratio: 0.1\n', 'axolotl:get_cosine_schedule_with_min_lr', { min_lr_ratio: 0.1 }],
  ['lr_scheduler: rex\n', 'axolotl:RexLR', { max_lr: 2e-4, min_lr: 0, total_steps: 80, num_warmup_steps: 8 }],
  ['lr_scheduler: rex\ncosine_min_lr_ratio: 0.5\n', 'axolotl:RexLR', { min_lr: 1e-4 }],
  [
    'lr_scheduler: one_cycle\n',
    'torch:OneCycleLR',
    { total_steps: 80, pct_start: 0.1, anneal_strategy: 'cos' },
  ],
  [
    'lr_scheduler: linear\njagged_restart_steps: 20\n',
    'axolotl:JaggedLRRestartScheduler',
    { jagged_restart_warmup_steps: 10, min_lr_scale: 0.001 },
  ],
])('axolotl: %j is %s', (settings, name, params) => {
  const { spec } = axolotl(settings);
  expect(`${spec?.lib}:${spec?.scheduler}`).toBe(name);
  expect(spec?.params).toMatchObject(params);
});

test('LLaMA-Factory fills in the lengths of warmup_stable_decay', () => {
  const words = 'llamafactory-cli train a.yaml';
  const wsd = `${yaml}lr_scheduler_type: warmup_stable_decay\n`;
  expect(planned(words, { 'a.yaml': wsd }).spec?.params).toMatchObject({
    num_stable_steps: 24,
    num_decay_steps: 48,
  });
  const own = `${wsd}lr_scheduler_kwargs: {num_decay_steps: 10}\n`;
  expect(planned(words, { 'a.yaml': own }).spec?.params).toMatchObject({
    num_stable_steps: 24,
    num_decay_steps: 10,
  });
});

describe('a schedule that is not known is no plain one, and no refusal', () => {
  const rest = '--learning_rate 1e-4 --max_steps 9';
  test.each([
    ['a new one of a front-end', `llamafactory-cli train --lr_scheduler_type spiral ${rest}`, {}],
    ['arguments that only a front-end takes', `swift sft --lr_scheduler_type cosine_with_min_lr ${rest}`, {}],
    [
      'one that the script declares',
      `torchrun train.py --lr_scheduler_type poly ${rest}`,
      { 'train.py': "parser.add_argument('--lr_scheduler_type')\n" },
    ],
    [
      'one that a Trainer’s class makes',
      `torchrun train.py --lr_scheduler_type warmup_stable_decay ${rest}`,
      {
        'train.py':
          'class T(Trainer):\n    def create_scheduler(self, steps, optimizer=None):\n        ...\n',
      },
    ],
  ])('%s', (_, line, files) => {
    const job = jobOf(line, files as Record<string, string>);
    const { expected, hold } = makePlan(job);
    expect(expected).toMatchObject({
      spec: null,
      why: expect.stringContaining('does not know the schedule'),
    });
    expect(hold).toMatchObject({ steps: null, why: expect.stringContaining('decided at start-up') });
  });

  test('a typing error in a name that is known is refused all the same', () => {
    expect(() =>
      planned('llamafactory-cli train a.yaml', { 'a.yaml': 'lr_scheduler_type: cosin\n' }),
    ).toThrow(/no schedule 'cosin'/);
  });
});
