import { type Case, parser, plain, type RuleCases } from './case.ts';

const tf = (transformers: string, more: Partial<Case> = {}) => ({
  options: { versions: { transformers } },
  ...more,
});
const wsd = (kwargs: string, more = '', files: Record<string, string> = {}) =>
  plain(`--lr_scheduler_type warmup_stable_decay --lr_scheduler_kwargs ${kwargs} ${more}`.trim(), { files });
const yaml = (text: string): Case => ({
  line: 'torchrun --nproc-per-node 2 train.py args.yaml',
  files: { 'args.yaml': text },
});

export const transformersCases: Record<string, RuleCases> = {
  'scheduler-type-unknown': {
    fails: [
      plain('--lr_scheduler_type cosin'),
      plain('--lr_scheduler_type greedy', tf('4.57.6')),
      { line: 'llamafactory-cli train --lr_scheduler_type cosin' },
      { line: 'swift sft --lr_scheduler_type liner' },
      { line: 'axolotl train a.yml', files: { 'a.yml': 'lr_scheduler: one_cycl\n' } },
    ],
    clean: [
      plain('--lr_scheduler_type cosine'),
      plain('--lr_scheduler_type greedy', tf('5.23.0')),
      plain('--lr_scheduler_type poly', {
        files: { 'train.py': "parser.add_argument('--lr_scheduler_type')" },
      }),
      { line: 'axolotl train a.yml', files: { 'a.yml': 'lr_scheduler: rex\n' } },
      // A front-end may have new schedules.
      { line: 'llamafactory-cli train --lr_scheduler_type spiral' },
    ],
  },
  'schedule-arguments-refused': {
    fails: [
      plain('--lr_scheduler_type cosine --lr_scheduler_kwargs {"min_lr":1e-6}'),
      wsd('{}'),
      plain('--lr_scheduler_type polynomial --learning_rate 1e-8'),
      plain('--lr_scheduler_type cosine_with_min_lr'),
      plain('--lr_scheduler_type cosine --lr_scheduler_kwargs {"num_warmup_steps":5}'),
    ],
    clean: [
      plain('--lr_scheduler_type cosine_with_min_lr --lr_scheduler_kwargs {"min_lr":1e-6}'),
      wsd('{"num_decay_steps":10}'),
      plain('--lr_scheduler_type polynomial --learning_rate 1e-5 --warmup_steps 0.1'),
      plain('--lr_scheduler_type reduce_lr_on_plateau'),
      // LLaMA-Factory, and a class of the script's own, fill in the lengths.
      { line: 'llamafactory-cli train --lr_scheduler_type warmup_stable_decay --max_steps 9' },
      wsd('{}', '', {
        'train.py': 'class T(Trainer):\n    def create_scheduler(self, steps, optimizer=None):\n',
      }),
    ],
  },
  'schedule-arguments-ignored': {
    fails: [
      plain('--lr_scheduler_type constant_with_warmup --lr_scheduler_kwargs {"min_lr":1e-6}'),
      plain('--lr_scheduler_type inverse_sqrt --lr_scheduler_kwargs {"timescale":100}', tf('5.3.0')),
    ],
    clean: [
      plain('--lr_scheduler_type constant --lr_scheduler_kwargs {}'),
      plain('--lr_scheduler_type inverse_sqrt --lr_scheduler_kwargs {"timescale":100}', tf('5.4.0')),
    ],
  },
  'warmup-ignored': {
    fails: [plain('--lr_scheduler_type constant --warmup_steps 10')],
    clean: [
      plain('--lr_scheduler_type constant --warmup_steps 0'),
      plain('--lr_scheduler_type constant_with_warmup --warmup_steps 10'),
    ],
  },
  'warmup-longer-than-run': {
    fails: [plain('--lr_scheduler_type cosine --warmup_steps 200 --max_steps 100')],
    clean: [
      plain('--lr_scheduler_type cosine --warmup_steps 100 --max_steps 100'),
      plain('--lr_scheduler_type cosine --warmup_steps 200'),
      plain('--lr_scheduler_type constant --warmup_steps 200 --max_steps 100'),
    ],
  },
  'wsd-lengths': {
    fails: [
      wsd('{"num_decay_steps":80}', '--warmup_steps 30 --max_steps 100'),
      wsd('{"num_decay_steps":10,"num_stable_steps":90}', '--warmup_steps 30 --max_steps 100'),
    ],
    clean: [
      wsd('{"num_decay_steps":70}', '--warmup_steps 30 --max_steps 100'),
      wsd('{"num_decay_steps":10,"num_stable_steps":20}', '--warmup_steps 30 --max_steps 100'),
      wsd('{"num_decay_steps":80}'),
    ],
  },
  'warmup-steps-fraction': {
    fails: [
      plain('--warmup_steps 0.1', tf('4.57.6', { severity: 'error' })),
      { ...yaml('warmup_steps: 0.1\n'), ...tf('4.57.6', { severity: 'violation' }) },
    ],
    clean: [
      plain('--warmup_steps 0.1', tf('5.23.0')),
      plain('--warmup_steps 0.1'),
      plain('--warmup_steps 10', tf('4.57.6')),
    ],
  },
  'warmup-steps-truncated': {
    fails: [plain('--warmup_steps 1.0'), plain('--warmup_steps=2.7')],
    clean: [
      plain('--warmup_steps 1'),
      plain('--warmup_steps 0.5'),
      plain('--warmup_steps 100.0'),
      plain('--warmup_steps 1e3'),
    ],
  },
  'warmup-ratio-removed': {
    fails: [plain('--warmup_ratio 0.1', tf('5.15.0'))],
    clean: [
      plain('--warmup_ratio 0.1', tf('5.14.0')),
      plain('--warmup_ratio 0.1'),
      { line: 'swift sft --warmup_ratio 0.1', ...tf('5.23.0') },
    ],
  },
  'warmup-given-twice': {
    fails: [plain('--warmup_ratio 0.1 --warmup_steps 10')],
    clean: [plain('--warmup_ratio 0.1 --warmup_steps 0'), plain('--warmup_steps 10')],
  },
  'warmup-ratio-one-step': {
    fails: [plain('--warmup_ratio 1', tf('5.10.0'))],
    clean: [plain('--warmup_ratio 1', tf('4.57.6')), plain('--warmup_ratio 0.9', tf('5.10.0'))],
  },
  'argument-removed': {
    fails: [
      plain('--evaluation_strategy no', tf('4.57.6', { files: parser })),
      plain('--group_by_length True', tf('5.23.0', { files: parser })),
    ],
    clean: [
      plain('--eval_strategy no', tf('5.23.0', { files: parser })),
      plain('--group_by_length True', tf('4.57.6', { files: parser })),
      plain('--group_by_length True', tf('5.23.0')),
      plain('--group_by_length True', { files: parser }),
      plain(
        '--group_by_length True',
        tf('5.23.0', { files: { 'train.py': `${parser['train.py']}class A:\n  group_by_length: bool\n` } }),
      ),
    ],
  },
  'argument-misspelled': {
    fails: [plain('--lr_schedular_type cosine'), plain('--learning_rat 1'), plain('--warmup_step 10')],
    clean: [
      plain('--lr_scheduler_type cosine --learning_rate 1 --warmup_steps 10'),
      plain('--max_length 10 --eval_max_steps 3 --num_epochs 2'),
      plain('--warmup_step 10', { files: { 'train.py': 'warmup_step: int\n' } }),
    ],
  },
  'argument-abbreviated': {
    fails: [plain('--learning 1e-5'), plain('--num_train 3')],
    clean: [plain('--learning_rate 1e-5'), plain('--lr_scheduler cosine'), plain('--data x')],
  },
  'argument-given-twice': {
    fails: [
      plain('--learning_rate 1e-5 --learning-rate 2e-5'),
      plain('--foo 1 --foo 2', { severity: 'note' }),
    ],
    clean: [plain('--learning_rate 1e-5 --learning_rate 1e-5'), plain('--a 1 --b 2')],
  },
  'number-is-text': {
    fails: [yaml('learning_rate: 1e-4\n'), yaml('learning_rate: "1.0e-4"\n')],
    clean: [
      yaml('learning_rate: 1.0e-4\nmax_steps: 10\n'),
      {
        line: 'torchrun train.py --config args.yaml',
        files: { 'args.yaml': 'learning_rate: 1e-4\n', 'train.py': 'from trl import TrlParser' },
      },
      { line: 'llamafactory-cli train args.yaml', files: { 'args.yaml': 'learning_rate: 1e-4\n' } },
      plain('--learning_rate 1e-4'),
    ],
  },
  'plateau-needs-evaluation': {
    fails: [
      plain('--lr_scheduler_type reduce_lr_on_plateau --eval_strategy no'),
      plain('--lr_scheduler_type reduce_lr_on_plateau', { files: parser }),
    ],
    clean: [
      plain('--lr_scheduler_type reduce_lr_on_plateau --eval_strategy steps', { files: parser }),
      plain('--lr_scheduler_type reduce_lr_on_plateau'),
    ],
  },
  'greedy-floor': {
    fails: [plain('--lr_scheduler_type greedy --learning_rate 1e-5')],
    clean: [
      plain('--lr_scheduler_type greedy --learning_rate 1e-5 --lr_scheduler_kwargs {"min_lr":1e-7}'),
      plain('--lr_scheduler_type greedy --learning_rate 1e-2'),
    ],
  },
  'max-steps-over-epochs': {
    fails: [plain('--max_steps 10 --num_train_epochs 3')],
    clean: [plain('--max_steps -1 --num_train_epochs 3'), plain('--max_steps 10')],
  },
  'auto-find-batch-size': {
    fails: [plain('--auto_find_batch_size True')],
    clean: [plain('--auto_find_batch_size False'), plain('--auto_find_batch_size --max_steps 10')],
  },
  'packing-total': {
    fails: [plain('--packing True')],
    clean: [plain('--packing False'), plain('--packing True --max_steps 10')],
  },
  'layerwise-optimizer': {
    fails: [plain('--optim galore_adamw_layerwise')],
    clean: [plain('--optim galore_adamw')],
  },
  'fused-optimizer-hides-skips': {
    fails: [plain('--optim adamw_torch_fused --fp16')],
    clean: [plain('--optim adamw_torch_fused --bf16'), plain('--optim adamw_torch --fp16')],
  },
  'learning-rate-not-positive': {
    fails: [plain('--learning_rate 0'), plain('--learning_rate=-1e-5')],
    clean: [plain('--learning_rate 1e-9')],
  },
  'no-training-steps': {
    fails: [plain('--max_steps 0'), plain('--num_train_epochs 0', { options: { samples: 10 } })],
    clean: [plain('--max_steps -1'), plain('--max_steps 1')],
  },
  'step-counts-refused': {
    fails: [
      plain('--warmup_steps=-1'),
      plain('--per_device_train_batch_size 0'),
      plain('--dataloader_drop_last', { options: { samples: 1 } }),
    ],
    clean: [plain('--warmup_steps 1'), plain('--warmup_steps 0.1', tf('4.57.6'))],
  },
};
