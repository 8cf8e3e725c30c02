import { describe, expect, test } from 'vitest';
import { deepspeedSchedulerReplaces } from '../../src/checks/deepspeed-scheduler-replaces.ts';
import type { Finding } from '../../src/checks/finding.ts';
import { findingsOf } from '../../src/checks/index.ts';
import { jobOf } from '../support/job.ts';

const lr = '--learning_rate 1e-5';
const cosine = `--lr_scheduler_type cosine ${lr}`;

function check(args: string, config: unknown, launcher = 'torchrun --nproc-per-node 2'): Finding[] {
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 2);
  return findingsOf(
    deepspeedSchedulerReplaces,
    jobOf(`${launcher} train.py --deepspeed ds.json ${args}`, { 'ds.json': text }, { samples: 400 }),
  );
}

function scheduler(type: string, params: Record<string, unknown> = {}): object {
  return { scheduler: { type, params } };
}

const auto = { warmup_num_steps: 'auto', total_num_steps: 'auto' };

test.each([
  // Another family.
  [cosine, scheduler('WarmupLR', { warmup_max_lr: 'auto' }), 'violation'],
  [cosine, scheduler('WarmupDecayLR', { ...auto, warmup_max_lr: 'auto' }), 'violation'],
  [cosine, scheduler('OneCycle', { cycle_min_lr: 1e-6, cycle_max_lr: 1e-5 }), 'violation'],
  [`--lr_scheduler_type constant ${lr}`, scheduler('WarmupLR'), 'violation'],
  [`--lr_scheduler_type polynomial ${lr}`, scheduler('WarmupDecayLR', auto), 'violation'],
  [`${cosine} --lr_scheduler_kwargs {"num_cycles":1}`, scheduler('WarmupCosineLR', auto), 'violation'],
  // The same family and the same numbers.
  [cosine, scheduler('WarmupCosineLR', auto), 'warning'],
  [
    `--lr_scheduler_type linear ${lr}`,
    scheduler('WarmupDecayLR', { ...auto, warmup_max_lr: 'auto' }),
    'warning',
  ],
  [
    `--lr_scheduler_type constant_with_warmup ${lr}`,
    scheduler('WarmupLR', { warmup_max_lr: 1e-5 }),
    'warning',
  ],
  [
    `${cosine} --warmup_steps 10`,
    scheduler('WarmupCosineLR', { warmup_num_steps: 10, total_num_steps: 75 }),
    'warning',
  ],
  // The same family and other numbers.
  [`--lr_scheduler_type linear ${lr}`, scheduler('WarmupDecayLR', auto), 'violation'],
  [
    `--lr_scheduler_type constant_with_warmup ${lr}`,
    scheduler('WarmupLR', { warmup_max_lr: 3e-5 }),
    'violation',
  ],
  [
    `${cosine} --warmup_steps 10`,
    scheduler('WarmupCosineLR', { warmup_num_steps: 20, total_num_steps: 'auto' }),
    'violation',
  ],
  [`${cosine} --warmup_steps 10`, scheduler('WarmupCosineLR', { total_num_steps: 'auto' }), 'violation'],
  [cosine, scheduler('WarmupCosineLR', { warmup_num_steps: 'auto', total_num_steps: 1000 }), 'violation'],
  [
    cosine,
    { ...scheduler('WarmupCosineLR', auto), optimizer: { type: 'AdamW', params: { lr: 3e-4 } } },
    'violation',
  ],
  [cosine, { ...scheduler('WarmupCosineLR', auto), optimizer: { type: 'AdamW' } }, 'violation'],
  // The command does not say which schedule is wanted.
  [lr, scheduler('WarmupLR'), 'warning'],
])('%s with %j is a %s', (args, config, severity) => {
  expect(check(args, config).map((found) => found.severity)).toEqual([severity]);
});

test.each([
  ['no scheduler', cosine, {}],
  ['a scheduler that is null', cosine, { scheduler: null }],
  ['a scheduler without a type', cosine, { scheduler: {} }],
  ['only an optimizer', cosine, { optimizer: { type: 'AdamW', params: { lr: 'auto' } } }],
])('%s is clean', (_, args, config) => {
  expect(check(args, config)).toEqual([]);
});

test('a script that drives DeepSpeed by itself has nothing that could be replaced', () => {
  const config = JSON.stringify(scheduler('WarmupLR'));
  const job = jobOf('deepspeed train.py --deepspeed --deepspeed_config ds.json', { 'ds.json': config });
  expect(findingsOf(deepspeedSchedulerReplaces, job)).toEqual([]);
});

describe('the seed', () => {
  const config = `{
  "zero_optimization": { "stage": 3 },
  "scheduler": {
    "type": "WarmupLR",
    "params": { "warmup_min_lr": 0, "warmup_max_lr": "auto", "warmup_num_steps": "auto" }
  }
}`;
  const seed = () => check(`${cosine} --warmup_ratio 0.01`, config)[0];

  test('says what was asked and what would run, with its place', () => {
    const finding = seed();
    expect(finding).toMatchObject({
      asked: 'cosine, warmup 1 %, peak 1e-5',
      wouldRun: 'WarmupLR: log warmup, then flat at 1e-5 to the end',
      thread: 'https://github.com/QwenLM/Qwen/issues/672',
    });
    expect(finding?.evidence[0]).toMatchObject({
      location: { file: 'ds.json', line: 4, column: 13 },
      text: '"type": "WarmupLR"',
      line: '    "type": "WarmupLR",',
    });
    expect(finding?.evidence[1]?.text).toBe('--lr_scheduler_type cosine');
  });

  test('both remedies are edits, and each of them is clean or the same family', () => {
    const [remove = '', replace = ''] = seed()?.fix ?? [];
    expect(remove).toContain('delete the "scheduler" block (lines 3-6) from ds.json');
    const block = /"scheduler": (\{.*\} \})/.exec(replace)?.[1] ?? '';
    const repaired = JSON.stringify({ scheduler: JSON.parse(block) as unknown });
    const [left, ...more] = check(`${cosine} --warmup_ratio 0.01`, repaired);
    expect(more).toEqual([]);
    expect(left?.severity).toBe('warning');
    expect(left?.evidence.map(({ means }) => means)).toEqual([
      "replaces the Trainer's scheduler",
      'is read by the Trainer and then never used',
      'every value comes one step late: optimizer steps 0 and 1 both use the starting value',
    ]);
    expect(replace).toContain('total_num_steps with 75');
  });
});
