import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgeHostKey, parseKnownHosts } from '../../src/executors/ssh/known-hosts.ts';
import { makePrinter } from '../../src/report/output.ts';
import { LogReader } from '../../src/run-folder/run-logs.ts';
import { shownText } from '../../src/shown-text.ts';
import { scratch } from '../support/cli.ts';

const esc = '\u001b';

test.for<[string, string, string]>([
  ['the title', `a${esc}]0;owned\u0007b`, 'ab'],
  ['the clipboard', `a${esc}]52;c;bHM=${esc}\\b`, 'ab'],
  ['a link', `${esc}]8;;file:///etc/passwd\u0007x${esc}]8;;\u0007`, 'x'],
  ['a string without an end', `a${esc}]0;owned`, 'a'],
  ['DCS', `a${esc}P$q"p${esc}\\b`, 'ab'],
  ['a question to the terminal', `a${esc}[6nb${esc}[cb`, 'abb'],
  ['a mode', `${esc}[?1049h${esc}[?25lx`, 'x'],
  ['clear the screen', `${esc}[2J${esc}[3Jx${esc}c`, 'x'],
  ['eight-bit', 'a\u009d0;owned\u009cb\u009b6n', 'ab'],
  ['the bell and backspaces', 'a\u0007b\b\bc\u0000d', 'abcd'],
])('%s does not reach a terminal', ([, text, shown]) => {
  expect(shownText(text)).toBe(shown);
  let printed = '';
  makePrinter((piece) => {
    printed += piece;
  }, false)(text);
  expect(printed).toBe(`${shown}\n`);
});

test.for([`${esc}[31mred${esc}[0m`, `a\tb`, `50%\r100%`, `${esc}[A${esc}[2Kbar`, 'Ω ü 漢字 🙂'])(
  '%j is shown as it is',
  (text) => expect(shownText(text)).toBe(text),
);

test.for<[string, string]>([
  ['digits', '1'.repeat(65_000)],
  ['percents', ':1%|'.repeat(16_000)],
  ['colons and blanks', ': '.repeat(32_000)],
  ['slashes', `1%|${'|1/'.repeat(20_000)}`],
  ['escapes', `${esc}[`.repeat(32_000)],
  ['open strings', `${esc}]`.repeat(32_000)],
])('a line of 65,000 characters costs no more than its length: %s', ([, text]) => {
  let printed = 0;
  const print = makePrinter((piece) => {
    printed += piece.length;
  }, true);
  // A thousand lines: seconds for a quadratic search of a single one would be an hour.
  for (let line = 0; line < 1000; line++) print(text);
  expect(printed).toBeLessThanOrEqual(1000 * (text.length + 1));
});

test.for<[string, string]>([
  ['blank lines', '\n'.repeat(1_000_000)],
  ['short lines', 'x\n'.repeat(600_000)],
  ['a line without an end', 'x'.repeat(3_000_000)],
])('output of a rank is read whatever it is: %s', ([, text]) => {
  const path = join(scratch(), 'rank.log');
  writeFileSync(path, text);
  const lines = new LogReader({ node: 'n', rank: 0, path }).read();
  expect(lines).toHaveLength(text.split('\n').length - 1);
});

test.for([
  '*a*a*a*a*a*a*a*a*a*a*a*ab',
  `${'*a'.repeat(300)}b`,
  `${'?*'.repeat(300)}b`,
  `${'*'.repeat(5000)}b`,
])('a pattern of known_hosts is no puzzle: %s', (pattern) => {
  const entries = parseKnownHosts(`${pattern} ssh-ed25519 AAAA\n`, 'known_hosts');
  expect(judgeHostKey(entries, 'a'.repeat(4000), 22, Buffer.alloc(0))).toEqual({ state: 'unknown' });
});

test.for<[string, string, boolean]>([
  ['*', 'a', true],
  ['*.b', 'a.b', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*c*e', 'abcde', true],
  ['a*', 'b', false],
  ['a.c', 'abc', false],
  ['**a**', 'a', true],
  ['[a]', 'a', false],
])('%s and %s', ([pattern, host, fits]) => {
  const key = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('x')]);
  const entries = parseKnownHosts(`${pattern} x ${key.toString('base64')}\n`, 'known_hosts');
  expect(judgeHostKey(entries, host, 22, key).state).toBe(fits ? 'known' : 'unknown');
});
