import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from '../../src/report/diff.ts';
import { scratch } from '../support/cli.ts';

test('what is the same has no diff', () => {
  expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('');
});

test('git apply makes the new text of the old one', { timeout: 60_000 }, () => {
  const folder = scratch();
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '  d'), { maxLength: 30 });
  const text = fc
    .tuple(lines, fc.boolean())
    .map(([all, end]) => all.join('\n') + (end && all.length ? '\n' : ''));
  const pairs = fc
    .sample(fc.tuple(text, text), { seed: 7, numRuns: 60 })
    .filter(([a, b]) => a !== b && a !== '' && b !== '');
  for (const [before, after] of pairs) {
    writeFileSync(join(folder, 'f'), before);
    execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
      cwd: folder,
      input: unifiedDiff('f', before, after),
    });
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe(after);
  }
});
