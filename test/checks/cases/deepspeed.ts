import { type Case, plain, type RuleCases, withConfig, withScheduler } from './case.ts';

const auto = { warmup_num_steps: 'auto', total_num_steps: 'auto', warmup_type: 'linear' };
const adam = (params: object = { lr: 'auto' }) => ({ optimizer: { type: 'AdamW', params } });
const autoAdam = adam({ lr: 'auto', betas: 'auto', eps: 'auto', weight_decay: 'auto' });
const old = (deepspeed: string) => ({ options: { versions: { deepspeed } } });
const tf = (transformers: string) => ({ options: { versions: { transformers } } });
const initialize = (more: string) => ({
  line: 'deepspeed train.py --deepspeed --deepspeed_config ds.json',
  files: {
    'train.py': `import deepspeed\nengine, *_ = deepspeed.initialize(args=args, model=model${more})\n`,
    'ds.json': { scheduler: { type: 'WarmupLR', params: {} } },
  },
});

/** A script that drives DeepSpeed, with an optimizer block that states its groups' rates, and a scheduler block beside it. */
const twoRates = (
  type: string,
  params: object,
  rates: object = { lr: 1e-4, muon_lr: 0.02, adam_lr: 1e-5 },
  more: Partial<Case> = {},
  argument = '',
): Case => ({
  line: 'deepspeed train.py --deepspeed --deepspeed_config ds.json',
  files: {
    'train.py': `import deepspeed\nengine, *_ = deepspeed.initialize(args=args, model=model${argument})\n`,
    'ds.json': { optimizer: { type: 'Muon', params: rates }, scheduler: { type, params } },
  },
  ...more,
});

export const deepspeedCases: Record<string, RuleCases> = {
  'deepspeed-scheduler-replaces': {
    fails: [withScheduler('WarmupLR', {}, '--lr_scheduler_type cosine')],
    clean: [withConfig({}, '--lr_scheduler_type cosine'), plain('--lr_scheduler_type cosine')],
  },
  'deepspeed-scheduler-flattens-groups': {
    fails: [
      twoRates('WarmupLR', { warmup_max_lr: 1e-3 }),
      twoRates('WarmupDecayLR', { total_num_steps: 90, warmup_max_lr: 1e-3 }),
      // WarmupDecayLR without the key takes 1e-3 for every group.
      twoRates('WarmupDecayLR', { total_num_steps: 90 }),
      twoRates('OneCycle', { cycle_min_lr: 1e-6, cycle_max_lr: 1e-5 }),
      twoRates('OneCycleLR', { max_lr: 0.01, total_steps: 90 }),
      twoRates('WarmupLR', {}, { lr: 1e-4, muon_lr: 0.02 }, old('0.16.9')),
      // The Adam half falls back to the shared lr.
      twoRates('WarmupLR', { warmup_max_lr: 1e-4 }, { lr: 1e-4, muon_lr: 0.02 }),
      twoRates('LRRangeTest', {}, undefined, { severity: 'warning' }),
      withConfig({
        optimizer: { type: 'Muon', params: { lr: 'auto', muon_lr: 0.02 } },
        scheduler: { type: 'WarmupLR', params: { warmup_max_lr: 'auto' } },
      }),
    ],
    clean: [
      twoRates('WarmupCosineLR', { total_num_steps: 90 }),
      twoRates('WarmupLR', {}),
      twoRates('WarmupLR', { warmup_max_lr: [0.02, 1e-5] }),
      twoRates('WarmupLR', { warmup_max_lr: null }),
      twoRates('WarmupDecayLR', { total_num_steps: 90, warmup_max_lr: [0.02, 1e-5] }),
      twoRates('WarmupLR', { warmup_max_lr: 1e-4 }, { lr: 1e-4, muon_lr: 1e-4 }),
      twoRates('WarmupLR', { warmup_max_lr: 1e-4 }, { lr: 1e-4 }),
      twoRates('OneCycle', { cycle_min_lr: [1e-3, 1e-6], cycle_max_lr: [0.02, 1e-5] }),
      // The script's own optimizer has groups of its own, and its own scheduler is the one in force.
      twoRates('WarmupLR', { warmup_max_lr: 1e-3 }, undefined, undefined, ', optimizer=optimizer'),
    ],
  },
  'deepspeed-optimizer-drops-groups': {
    fails: [
      withConfig(autoAdam, '--weight_decay 0.01'),
      withConfig(
        { ...autoAdam, zero_optimization: { stage: 3, offload_optimizer: { device: 'cpu' } } },
        '--weight_decay 0.1',
      ),
      // What transformers fills in does not matter where the config states it.
      withConfig({ optimizer: { type: 'Lion', params: { lr: 'auto', weight_decay: 0.05 } } }),
      withConfig(autoAdam, '--mm_projector_lr 2e-5'),
      withConfig(autoAdam, '', {
        files: { 'train.py': 'class T(Trainer):\n    def create_optimizer(self):\n        ...\n' },
      }),
      withConfig(autoAdam, '', { severity: 'note' }),
    ],
    clean: [
      withConfig({ zero_optimization: { stage: 2 } }, '--weight_decay 0.01'),
      withConfig(autoAdam, '--weight_decay 0'),
      withConfig(adam({ lr: 'auto' }), '--weight_decay 0.01'),
      {
        line: 'deepspeed train.py --deepspeed --deepspeed_config ds.json --weight_decay 0.01',
        files: { 'train.py': 'import deepspeed\n', 'ds.json': adam({ lr: 1e-4, weight_decay: 0.01 }) },
      },
    ],
  },
  'deepspeed-clipping-absent': {
    fails: [
      withConfig({}, '--max_grad_norm 0.5'),
      withConfig({}, '--max_grad_norm 0.5', old('0.19.8')),
      withConfig({}, '', old('0.18.2')),
      withConfig({}, '--max_grad_norm 0', old('0.19.3')),
      withConfig({}, '', { severity: 'note' }),
    ],
    clean: [
      withConfig({ gradient_clipping: 'auto' }, '--max_grad_norm 0.5'),
      withConfig({ gradient_clipping: 0.5 }),
      withConfig({}, '', old('0.19.8')),
      withConfig({}, '--max_grad_norm 1.0', old('0.19.3')),
      withConfig({}, '--max_grad_norm 0', old('0.18.2')),
      plain('--max_grad_norm 0.5'),
      {
        line: 'deepspeed train.py --deepspeed_config ds.json',
        files: { 'train.py': 'import deepspeed\n', 'ds.json': {} },
      },
    ],
  },
  'deepspeed-unknown-key': {
    fails: [
      withConfig({ gradient_clipp1ng: 0.5 }, '', { severity: 'warning' }),
      withConfig({ optimiser: { type: 'AdamW' } }, '', { severity: 'warning' }),
      withConfig({ lr_scheduler: { type: 'WarmupLR' } }, '', { severity: 'warning' }),
      withConfig({ stage: 3, offload_param: { device: 'cpu' } }, '', { severity: 'warning' }),
      withConfig({ zero_optimization: { stage: 2, overlap_com: true } }),
      withConfig({ zero_optimization: { stage: 3, gradient_clipping: 1 } }),
      withConfig({ zero_optimization: { stage: 3, offload_optimizer: { devise: 'cpu' } } }),
      withConfig({ our_own_tool: { on: true } }, '', { severity: 'note' }),
    ],
    clean: [
      withConfig({
        gradient_clipping: 0.5,
        bf16: { enabled: true },
        zero_optimization: { stage: 2, overlap_comm: true },
      }),
      withConfig({
        _comment: 'ours',
        '//': 'why',
        tensorboard: { enabled: true },
        wandb: { enabled: false },
      }),
      // A newer DeepSpeed may have sections and keys that are not known here.
      withConfig({ zero_optimization: { stage: 3, prefetch_everything_from_orbit: true } }),
    ],
  },
  'deepspeed-log-warmup': {
    fails: [withScheduler('WarmupLR', { warmup_num_steps: 100 })],
    clean: [
      withScheduler('WarmupLR', { warmup_num_steps: 100, warmup_type: 'linear' }),
      withScheduler('WarmupLR', { warmup_num_steps: 100, warmup_type: 'log' }),
      withScheduler('OneCycle', { cycle_min_lr: 1e-6, cycle_max_lr: 1e-5 }),
    ],
  },
  'deepspeed-default-peak': {
    fails: [
      withScheduler('WarmupDecayLR', auto),
      withScheduler('WarmupLR', {}, '', old('0.16.9')),
      {
        line: 'deepspeed train.py --deepspeed_config ds.json',
        files: { 'ds.json': { scheduler: { type: 'WarmupDecayLR', params: { total_num_steps: 9 } } } },
        severity: 'warning',
      },
    ],
    clean: [
      withScheduler('WarmupDecayLR', { ...auto, warmup_max_lr: 'auto' }),
      withScheduler('WarmupLR', {}, '', old('0.17.2')),
      withScheduler('WarmupDecayLR', auto, '--learning_rate 1e-3'),
    ],
  },
  'deepspeed-default-warmup-steps': {
    fails: [
      withScheduler('WarmupLR', {}, '--warmup_steps 100'),
      withScheduler('WarmupLR', {}, '', { severity: 'warning' }),
    ],
    clean: [
      withScheduler('WarmupLR', { warmup_num_steps: 'auto' }, '--warmup_steps 100'),
      withScheduler('WarmupLR', {}, '--warmup_steps 1000'),
    ],
  },
  'deepspeed-two-zero-steps': {
    fails: [withScheduler('WarmupLR', {})],
    clean: [withScheduler('LRRangeTest', {}), withConfig({})],
  },
  'deepspeed-warmup-type-unknown': {
    fails: [withScheduler('WarmupLR', { warmup_type: 'cosine' })],
    clean: [withScheduler('WarmupLR', { warmup_type: 'log' }), withScheduler('WarmupLR', {})],
  },
  'deepspeed-auto-not-filled': {
    fails: [
      withScheduler('WarmupLR', { warmup_type: 'auto' }),
      withScheduler('OneCycle', { cycle_min_lr: 1e-6, cycle_max_lr: 'auto' }),
      withConfig(adam({ lr: 'auto', momentum: 'auto' })),
    ],
    clean: [
      withScheduler('WarmupDecayLR', { ...auto, warmup_max_lr: 'auto', warmup_min_lr: 'auto' }),
      withConfig(adam({ lr: 'auto', betas: 'auto', eps: 'auto', weight_decay: 'auto' })),
    ],
  },
  'deepspeed-auto-without-trainer': {
    fails: [
      {
        line: 'deepspeed train.py --deepspeed_config ds.json',
        files: { 'train.py': 'import deepspeed\n', 'ds.json': { train_batch_size: 'auto' } },
      },
    ],
    clean: [
      {
        line: 'deepspeed train.py --deepspeed_config ds.json',
        files: { 'train.py': 'import deepspeed, transformers\n', 'ds.json': { train_batch_size: 'auto' } },
      },
      withConfig({ train_batch_size: 'auto' }),
    ],
  },
  'deepspeed-scheduler-arguments': {
    fails: [
      withScheduler('WarmupLR', { total_num_steps: 'auto' }),
      withScheduler('WarmupCosineLR', { ...auto, warmup_max_lr: 1e-5 }),
      withScheduler('WarmupDecayLR', { warmup_num_steps: 'auto' }),
      withScheduler('OneCycle', { cycle_max_lr: 1e-5 }),
    ],
    clean: [
      withScheduler('WarmupLR', { warmup_max_lr: 'auto' }),
      withScheduler('WarmupCosineLR', auto),
      withScheduler('WarmupLR', { warmup_num_steps: 0 }),
    ],
  },
  'deepspeed-warmup-steps-not-whole': {
    fails: [
      withConfig(
        '{"scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 3.0}}}',
        '',
        old('0.19.8'),
      ),
      withConfig('{"scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 1e3}}}', '', {
        severity: 'warning',
      }),
      withScheduler('WarmupLR', { warmup_num_steps: 0 }, '', old('0.19.3')),
    ],
    clean: [
      withScheduler('WarmupLR', { warmup_num_steps: 3 }, '', old('0.19.8')),
      withConfig(
        '{"scheduler": {"type": "WarmupLR", "params": {"warmup_num_steps": 3.0}}}',
        '',
        old('0.16.9'),
      ),
    ],
  },
  'deepspeed-scheduler-unknown': {
    fails: [withScheduler('WarmupCosine', {}), withScheduler('warmuplr', {})],
    clean: [
      withScheduler('WarmupLR', {}),
      withScheduler('CosineAnnealingLR', { T_max: 9 }),
      withScheduler('ReduceLROnPlateau', {}),
    ],
  },
  'torch-scheduler-under-zero': {
    fails: [withScheduler('CosineAnnealingLR', { T_max: 9 })],
    clean: [
      withConfig({ scheduler: { type: 'CosineAnnealingLR', params: { T_max: 9 } } }),
      withConfig({
        zero_optimization: { stage: 0 },
        scheduler: { type: 'CosineAnnealingLR', params: { T_max: 9 } },
      }),
      withScheduler('WarmupLR', {}),
    ],
  },
  'deepspeed-total-below-warmup': {
    fails: [withScheduler('WarmupDecayLR', { warmup_num_steps: 500, total_num_steps: 100 })],
    clean: [
      withScheduler('WarmupDecayLR', { warmup_num_steps: 50, total_num_steps: 100 }),
      withScheduler('WarmupDecayLR', { warmup_num_steps: 500, total_num_steps: 'auto' }),
    ],
  },
  'deepspeed-optimizer-default-lr': {
    fails: [withConfig(adam({})), withConfig({ optimizer: { type: 'Adam' } })],
    clean: [
      withConfig(adam()),
      withConfig(adam({}), '--learning_rate 1e-3'),
      withConfig({ optimizer: { type: 'Lion', params: {} } }),
      withConfig({ ...adam({}), scheduler: { type: 'WarmupDecayLR', params: auto } }),
    ],
  },
  'mismatch-batch': {
    fails: [
      withConfig({ train_micro_batch_size_per_gpu: 4 }, '--per_device_train_batch_size 2'),
      withConfig({ gradient_accumulation_steps: 4 }, '--gradient_accumulation_steps 2'),
      withConfig({ train_batch_size: 64 }, '--per_device_train_batch_size 2 --gradient_accumulation_steps 2'),
    ],
    clean: [
      withConfig({ train_micro_batch_size_per_gpu: 4 }),
      withConfig({ train_micro_batch_size_per_gpu: 'auto' }, '--per_device_train_batch_size 2'),
      withConfig({ train_batch_size: 8 }, '--per_device_train_batch_size 2 --gradient_accumulation_steps 2'),
      withConfig(
        { train_micro_batch_size_per_gpu: 4 },
        '--per_device_train_batch_size 2 --auto_find_batch_size',
      ),
    ],
  },
  'mismatch-optimizer': {
    fails: [
      withConfig(adam({ lr: 3e-5 })),
      withConfig(adam({ lr: 'auto', betas: [0.9, 0.95] }), '--adam_beta1 0.9 --adam_beta2 0.999'),
      withConfig(adam({ lr: 'auto', weight_decay: 0.1 }), '--weight_decay 0'),
    ],
    clean: [
      withConfig(adam({ lr: 1e-5, betas: [0.8, 0.999] })),
      withConfig(adam({ lr: 'auto', weight_decay: 0.1 }), '--weight_decay 0.1'),
      {
        line: 'deepspeed train.py --deepspeed_config ds.json --learning_rate 1e-5',
        files: { 'ds.json': adam({ lr: 1 }) },
      },
    ],
  },
  'mismatch-scheduler': {
    fails: [
      withScheduler('WarmupLR', { warmup_max_lr: 3e-5 }),
      withScheduler('WarmupLR', { warmup_num_steps: 500 }, '--warmup_steps 3'),
      withScheduler('WarmupDecayLR', { total_num_steps: 1000 }, '--max_steps 10'),
    ],
    clean: [
      withScheduler('WarmupLR', { warmup_max_lr: 1e-5, warmup_num_steps: 3 }, '--warmup_steps 3'),
      withScheduler('WarmupLR', { warmup_num_steps: 1 }, '--warmup_steps 0'),
      withScheduler('WarmupDecayLR', { total_num_steps: 1000 }),
    ],
  },
  'mismatch-precision': {
    fails: [
      withConfig({ bf16: { enabled: false } }, '--bf16 True'),
      withConfig({ fp16: { enabled: true } }, '--fp16 False'),
    ],
    clean: [
      withConfig({ bf16: { enabled: true } }, '--bf16'),
      withConfig({ bf16: { enabled: 'auto' } }, '--bf16 True'),
    ],
  },
  'mismatch-clipping': {
    fails: [withConfig({ gradient_clipping: 0.5 }, '--max_grad_norm 1.0')],
    clean: [
      withConfig({ gradient_clipping: 1 }, '--max_grad_norm 1.0'),
      withConfig({ gradient_clipping: 0.5 }),
    ],
  },
  'batch-sizes-do-not-multiply': {
    fails: [
      withConfig({ train_batch_size: 32, train_micro_batch_size_per_gpu: 4, gradient_accumulation_steps: 2 }),
      withConfig({ train_batch_size: 33 }),
      withConfig({ train_batch_size: 2, train_micro_batch_size_per_gpu: 4 }),
    ],
    clean: [
      withConfig({ train_batch_size: 16, train_micro_batch_size_per_gpu: 4, gradient_accumulation_steps: 2 }),
      withConfig({ train_batch_size: 32, train_micro_batch_size_per_gpu: 'auto' }),
      withConfig({ train_batch_size: 32 }),
      withConfig({ train_batch_size: 33 }, '--tensor_model_parallel_size 2'),
      { line: 'deepspeed train.py --deepspeed ds.json', files: { 'ds.json': { train_batch_size: 33 } } },
    ],
  },
  'deepspeed-number-in-quotes': {
    fails: [withConfig(adam({ lr: '1e-5' })), withScheduler('WarmupLR', { warmup_num_steps: '100' })],
    clean: [
      withConfig(adam({ lr: 1e-5 })),
      withScheduler('WarmupLR', { warmup_num_steps: 'auto', warmup_type: 'log' }),
    ],
  },
  'deepspeed-client-scheduler-wins': {
    fails: [initialize(', lr_scheduler=scheduler')],
    clean: [initialize(''), initialize(', lr_scheduler=None')],
  },
  'deepspeed-first-step-full-lr': {
    fails: [withScheduler('WarmupLR', {}, '', old('0.15.2'))],
    clean: [withScheduler('WarmupLR', {}, '', old('0.15.3')), withScheduler('WarmupLR', {})],
  },
  'logged-rate-is-the-next': {
    fails: [withConfig(adam())],
    clean: [withConfig({}), plain('--learning_rate 1e-5')],
  },
  'min-lr-under-zero': {
    fails: [
      withConfig({ zero_optimization: { stage: 2 } }, '--lr_scheduler_type polynomial', tf('5.23.0')),
      withConfig(
        { zero_optimization: { stage: 3 } },
        '--lr_scheduler_type cosine_with_min_lr --lr_scheduler_kwargs {"min_lr":1e-6}',
        tf('5.2.0'),
      ),
    ],
    clean: [
      withConfig({ zero_optimization: { stage: 2 } }, '--lr_scheduler_type polynomial', tf('4.57.6')),
      withConfig({ zero_optimization: { stage: 2 } }, '--lr_scheduler_type polynomial'),
      withConfig(
        { zero_optimization: { stage: 2 }, ...adam() },
        '--lr_scheduler_type polynomial',
        tf('5.23.0'),
      ),
      withConfig(
        { zero_optimization: { stage: 3 } },
        '--lr_scheduler_type cosine_with_min_lr --lr_scheduler_kwargs {"min_lr_rate":0.1}',
        tf('5.23.0'),
      ),
    ],
  },
  'deepspeed-batch-missing': {
    fails: [
      withConfig({ zero_optimization: { stage: 2 } }),
      { line: 'deepspeed train.py --deepspeed_config ds.json', files: { 'ds.json': {} } },
    ],
    clean: [
      withConfig({ train_micro_batch_size_per_gpu: 'auto' }),
      withConfig({ train_batch_size: 8 }),
      {
        line: 'accelerate launch --use_deepspeed --deepspeed_config_file ds.json train.py',
        files: { 'ds.json': {} },
      },
    ],
  },
  'deepspeed-zero-missing': {
    fails: [withConfig({ train_batch_size: 8 })],
    clean: [
      withConfig({ zero_optimization: { stage: 0 } }),
      { line: 'deepspeed train.py --deepspeed_config ds.json', files: { 'ds.json': {} } },
    ],
  },
  'deepspeed-duplicate-key': {
    fails: [withConfig('{"a": {"b": 1}, "scheduler": null, "a": 2}')],
    clean: [withConfig('{"a": {"b": 1}, "b": {"a": 1}}')],
  },
};
