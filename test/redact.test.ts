import { expect, test } from 'vitest';
import { makeRedactor } from '../src/redact.ts';

test.each([
  ['an environment variable', { HF_TOKEN: 'abcdef123456' }, [], 'token abcdef123456 here', 'token *** here'],
  ['an option with =', {}, ['--hub_token=qwertyuiop'], '--hub_token=qwertyuiop', '--hub_token=***'],
  ['an option and its value', {}, ['--wandb-api-key', 'k3y-k3y-k3y'], 'k3y-k3y-k3y', '***'],
  ['a known form anywhere', {}, [], 'x hf_abcdefghijkl y', 'x *** y'],
  ['a value that JSON escapes', { DB_PASSWORD: 'pa"ss\\word' }, [], JSON.stringify('pa"ss\\word'), '"***"'],
])('masks %s', (_, env, argv, text, masked) => {
  expect(makeRedactor(env, argv)(text)).toBe(masked);
});

test.each([
  ['a tokenizer', {}, ['--tokenizer_name', 'Qwen2Tokenizer'], 'Qwen2Tokenizer'],
  ['a switch', { TOKENIZERS_PARALLELISM: 'false' }, [], 'false'],
  ['a number', {}, ['--pad_token', '151643'], '151643'],
  ['a short value, which is ordinary text elsewhere', { MY_TOKEN: 'abc' }, [], 'abcdef'],
])('leaves %s', (_, env, argv, text) => {
  expect(makeRedactor(env, argv)(text)).toBe(text);
});
