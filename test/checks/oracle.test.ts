/** What the rules call an error, the real libraries refuse; what is like it and not called one, they run. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { checkJob } from '../../src/checks/index.ts';
import { pythons } from '../schedule/oracle.ts';
import { root, trainingEnv } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';
import { freePort } from '../support/port.ts';

const scheduler = (type: string, params: object, stage = 0) => ({
  zero_optimization: { stage },
  scheduler: { type, params },
});
const auto = { warmup_num_steps: 'auto', total_num_steps: 'auto', warmup_type: 'linear' };
const zero = (stage: number) => ({ zero_optimization: { stage } });

interface OracleCase {
  args?: string;
  config: object | string | null;
  /** The rule that says so, and a part of what the library raises; null: it runs. */
  rule: string | null;
  raises?: RegExp;
}

/** What a config needs besides, so that nothing else is refused. */
const needed = { train_micro_batch_size_per_gpu: 'auto', zero_optimization: { stage: 0 } };

const cases: OracleCase[] = [
  {
    config: scheduler('WarmupLR', { warmup_type: 'auto' }),
    rule: 'deepspeed-auto-not-filled',
    raises: /not found in kwargs/,
  },
  {
    config: scheduler('WarmupLR', { total_num_steps: 'auto' }),
    rule: 'deepspeed-scheduler-arguments',
    raises: /unexpected keyword argument/,
  },
  {
    config: scheduler('WarmupCosineLR', { ...auto, warmup_max_lr: 'auto' }),
    rule: 'deepspeed-scheduler-arguments',
    raises: /unexpected keyword argument/,
  },
  {
    config: scheduler('WarmupDecayLR', { warmup_num_steps: 'auto' }),
    rule: 'deepspeed-scheduler-arguments',
    raises: /missing 1 required/,
  },
  {
    config:
      '{"train_micro_batch_size_per_gpu": "auto", "zero_optimization": {"stage": 0}, "scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 3.0}}}',
    args: '--warmup_steps 3',
    rule: 'deepspeed-warmup-steps-not-whole',
    raises: /positive integer/,
  },
  {
    config: scheduler('WarmupCosine', {}),
    rule: 'deepspeed-scheduler-unknown',
    raises: /does not recognize/,
  },
  {
    config: scheduler('StepLR', { step_size: 2 }, 2),
    rule: 'torch-scheduler-under-zero',
    raises: /is not an Optimizer/,
  },
  {
    config: scheduler('WarmupLR', { warmup_max_lr: 3e-5 }),
    rule: 'mismatch-scheduler',
    raises: /mismatch TrainingArguments/,
  },
  {
    config: { optimizer: { type: 'AdamW', params: { lr: 3e-5 } } },
    rule: 'mismatch-optimizer',
    raises: /mismatch TrainingArguments/,
  },
  {
    config: { gradient_clipping: 0.5 },
    args: '--max_grad_norm 1.0',
    rule: 'mismatch-clipping',
    raises: /mismatch TrainingArguments/,
  },
  {
    config: { gradient_accumulation_steps: 4 },
    args: '--gradient_accumulation_steps 2',
    rule: 'mismatch-batch',
    raises: /mismatch TrainingArguments/,
  },
  {
    config: { optimizer: { type: 'AdamW', params: { lr: '1e-5' } } },
    rule: 'deepspeed-number-in-quotes',
    raises: /mismatch TrainingArguments/,
  },
  { config: zero(2), args: '--lr_scheduler_type polynomial', rule: 'min-lr-under-zero', raises: /defaults/ },
  {
    config: zero(2),
    args: '--lr_scheduler_type cosine_with_min_lr --lr_scheduler_kwargs {"min_lr":1e-6}',
    rule: 'min-lr-under-zero',
    raises: /defaults/,
  },
  {
    config: null,
    args: '--lr_scheduler_type cosin',
    rule: 'scheduler-type-unknown',
    raises: /SystemExit|not a valid SchedulerType/,
  },
  {
    config: null,
    args: '--lr_scheduler_type cosine --lr_scheduler_kwargs {"min_lr":1}',
    rule: 'schedule-arguments-refused',
    raises: /unexpected keyword/,
  },
  {
    config: null,
    args: '--lr_scheduler_type warmup_stable_decay',
    rule: 'schedule-arguments-refused',
    raises: /num_decay_steps/,
  },
  {
    config: null,
    args: '--lr_scheduler_type cosine --lr_scheduler_kwargs {"num_warmup_steps":1}',
    rule: 'schedule-arguments-refused',
    raises: /multiple values/,
  },
  { config: null, args: '--warmup_ratio 0.1', rule: 'warmup-ratio-removed', raises: /warmup_ratio/ },
  { config: null, args: '--group_by_length True', rule: 'argument-removed', raises: /group_by_length/ },
  {
    config: null,
    args: '--lr_scheduler_type reduce_lr_on_plateau',
    rule: 'plateau-needs-evaluation',
    raises: /requires an eval strategy/,
  },
  { config: null, args: '--warmup_steps=-1', rule: 'step-counts-refused', raises: /warmup_steps/ },
  {
    config: { zero_optimization: { stage: 2 } },
    rule: 'deepspeed-batch-missing',
    raises: /needs to be provided/,
  },
  {
    config: { train_micro_batch_size_per_gpu: 'auto' },
    rule: 'deepspeed-zero-missing',
    raises: /specify the ZeRO/,
  },
  // What is like these, and runs.
  {
    config: { optimizer: { type: 'AdamW', params: { lr: 'auto' } }, ...zero(2) },
    args: '--lr_scheduler_type polynomial',
    rule: null,
  },
  {
    config: zero(2),
    args: '--lr_scheduler_type cosine_with_min_lr --lr_scheduler_kwargs {"min_lr_rate":0.1}',
    rule: null,
  },
  { config: scheduler('StepLR', { step_size: 2 }), rule: null },
  { config: { gradient_clipping: 1 }, args: '--max_grad_norm 1.0', rule: null },
  {
    config: null,
    args: '--lr_scheduler_type constant --lr_scheduler_kwargs {"min_lr":1} --warmup_steps 1.0',
    rule: null,
  },
];

let answers: ({ lrs: number[] } | { error: string })[] = [];
/** The config as it is, and with what it needs besides unless that is what it lacks. */
const configOf = ({ config, rule }: OracleCase) =>
  config === null || typeof config === 'string' || /-missing$/.test(rule ?? '')
    ? config
    : { ...needed, ...config };
const wordsOf = ({ args }: OracleCase) =>
  `--learning_rate 1e-5 --max_steps 4 ${args ?? ''}`.trim().split(' ');

beforeAll(async () => {
  const child = spawn(
    pythons.newest,
    [join(root, 'test', 'real-cases', 'run.py'), String(await freePort())],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...trainingEnv('.venv') },
      signal: AbortSignal.timeout(240_000),
    },
  );
  child.stdin.end(
    JSON.stringify(cases.map((given) => ({ config: configOf(given), arguments: wordsOf(given) }))),
  );
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  answers = JSON.parse(output) as typeof answers;
}, 250_000);

test.each(cases.map((given, at) => ({ ...given, at })))('$rule: $config $args', (given) => {
  const answer = answers[given.at] ?? { error: 'no answer' };
  const files = {
    'train.py': 'from transformers import HfArgumentParser\n',
    'ds.json': typeof given.config === 'string' ? given.config : JSON.stringify(configOf(given)),
  };
  const line = [
    'torchrun train.py',
    ...wordsOf(given),
    ...(given.config === null ? [] : ['--deepspeed ds.json']),
  ].join(' ');
  const versions = { transformers: '5.23.0', deepspeed: '0.19.8', accelerate: '1.15.0' };
  const errors = checkJob(jobOf(line, files, { versions })).filter(({ severity }) => severity === 'error');
  if (given.rule === null) {
    expect(answer).not.toHaveProperty('error');
    expect(errors).toEqual([]);
  } else {
    expect(answer).toHaveProperty('error');
    if ('error' in answer) expect(answer.error).toMatch(given.raises ?? /./);
    expect(errors.map(({ rule }) => rule)).toContain(given.rule);
  }
});
