import { expect, test } from 'vitest';
import { readTrainingArguments } from '../../src/job/training-arguments.ts';

const values = (args: readonly string[]) =>
  Object.fromEntries(
    Object.entries(readTrainingArguments(args)).map(([field, stated]) => [field, stated.value as unknown]),
  );

test.each([
  ['--learning_rate 1e-5', { learning_rate: 1e-5 }],
  ['--learning-rate=.5', { learning_rate: 0.5 }],
  ['--learning_rate 1e-5 --learning-rate 2e-5', { learning_rate: 2e-5 }],
  ['--learning-rate_x 1', {}],
  ['--max_steps -1 --warmup_steps 1_000', { max_steps: -1, warmup_steps: 1000 }],
  ['--dataloader_drop_last', { dataloader_drop_last: true }],
  [
    '--dataloader_drop_last False --lr_scheduler_type cosine',
    { dataloader_drop_last: false, lr_scheduler_type: 'cosine' },
  ],
  ['--dataloader_drop_last data.json', { dataloader_drop_last: true }],
  ['--deepspeed --deepspeed_config ds.json', { deepspeed: 'ds.json' }],
  ['--deepspeed ds.json', { deepspeed: 'ds.json' }],
  ['--model_name_or_path x learning_rate 3', {}],
])('%s', (line, expected) => {
  expect(values(line.split(' '))).toEqual(expected);
});

test('lr_scheduler_kwargs is JSON, with numbers in quotes read as transformers reads them', () => {
  const text = '{"min_lr_rate": "0.1", "num_cycles": 0.5, "a": {"b": "true"}, "c": "1e-6"}';
  expect(values(['--lr_scheduler_kwargs', text])).toEqual({
    lr_scheduler_kwargs: { min_lr_rate: 0.1, num_cycles: 0.5, a: { b: true }, c: '1e-6' },
  });
});

test('what was stated is kept as it stands', () => {
  const { learning_rate, warmup_ratio } = readTrainingArguments([
    '--learning_rate=1e-5',
    '--warmup-ratio',
    '0.01',
  ]);
  expect([learning_rate?.text, warmup_ratio?.text]).toEqual(['--learning_rate=1e-5', '--warmup-ratio 0.01']);
});

test.each([
  ['--learning_rate fast'],
  ['--learning_rate 1e'],
  ['--learning_rate nan'],
  ['--learning_rate'],
  ['--learning_rate --max_steps 3'],
  ['--max_steps 1.5'],
  ['--lr_scheduler_kwargs {min_lr:1}'],
  ['--lr_scheduler_kwargs []'],
  ['--dataloader_drop_last=maybe'],
])('%s is refused', (line) => {
  expect(() => readTrainingArguments(line.split(' '))).toThrow(
    expect.objectContaining({ code: 'training-argument' }) as Error,
  );
});
