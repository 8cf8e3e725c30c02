import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote, quoteAll } from '../../src/job/quote.ts';

test('quotes only where a shell needs it', () => {
  expect(quoteAll(['a', '--x=1', 'a b', '', "it's", '~', 'A=b', '/p/q.py'])).toBe(
    "a --x=1 'a b' '' 'it'\\''s' '~' A=b /p/q.py",
  );
});

test('a real shell gives every word back', () => {
  const word = fc
    .string({ unit: 'binary', maxLength: 8 })
    .filter((text) => !text.includes('\0') && text.isWellFormed());
  const words = fc
    .sample(word, 300)
    .concat('$HOME', '`id`', '\\', '\n', '!!', '#', '*', '{a,b}', '=', '~root', '-n');
  const script = `printf '%s\\0' ${words.map(quote).join(' ')}`;
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(output.split('\0').slice(0, -1)).toEqual(words);
});
