import { expect, test } from 'vitest';
import { formatError } from '../../src/cli/print-error.ts';
import { RampcheckError } from '../../src/errors.ts';

const error = new RampcheckError('some-code', 'a message that is longer than a narrow terminal is wide', {
  location: { file: 'a.json', line: 1, column: 2 },
  hint: 'a hint that is longer than a narrow terminal is wide:\n  a command --that stays --as --it --is --whatever --the --width --is',
});

test('in a terminal a message is wrapped, and a command stays whole', () => {
  expect(formatError(error, 40)).toBe(`rampcheck: a message that is longer than
  a narrow terminal is wide [some-code]
  at a.json:1:2
  a hint that is longer than a narrow
  terminal is wide:
  a command --that stays --as --it --is --whatever --the --width --is
`);
});

test('elsewhere it stays one line', () => {
  expect(formatError(error).split('\n')[0]).toBe(
    'rampcheck: a message that is longer than a narrow terminal is wide [some-code]',
  );
});
