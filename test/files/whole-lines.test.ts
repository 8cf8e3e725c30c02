import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastLines, wholeBytes, wholeLines } from '../../src/files/whole-lines.ts';
import { scratch } from '../support/cli.ts';

const MIB = 1024 * 1024;

test('whole lines and nothing else, whatever their lengths', () => {
  const path = join(scratch(), 'log');
  // Lengths around the size of what is read at a time, and characters of several bytes.
  const length = fc.oneof(fc.nat(20), fc.integer({ min: MIB - 3, max: MIB + 3 }));
  const line = fc
    .tuple(length, fc.constantFrom('a', 'é', '😀'))
    .map(([count, letter]) => letter.repeat(count));
  const text = fc.tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('', 'cut', 'é'.repeat(MIB)));
  fc.assert(
    fc.property(text, ([lines, cut]) => {
      writeFileSync(path, lines.map((one) => `${one}\n`).join('') + cut);
      expect([...wholeLines(path)]).toEqual(lines);
      expect(wholeBytes(path)).toBe(Buffer.byteLength(lines.map((one) => `${one}\n`).join('')));
    }),
    { numRuns: 40 },
  );
});

test('a file that is not there has no lines', () => {
  const path = join(scratch(), 'nothing');
  expect([...wholeLines(path)]).toEqual([]);
  expect(lastLines(path, 100)).toEqual([]);
  expect(wholeBytes(path)).toBe(0);
});

test('the last lines, as many as fit', () => {
  const path = join(scratch(), 'log');
  writeFileSync(path, 'one\ntwo\n');
  appendFileSync(path, 'three\n');
  expect(lastLines(path, 9)).toEqual(['wo', 'three', '']);
});

test('whoever stops reading early leaves no file open', () => {
  const path = join(scratch(), 'log');
  writeFileSync(path, 'one\ntwo\n');
  for (let time = 0; time < 5000; time++) for (const _ of wholeLines(path)) break;
  expect([...wholeLines(path)]).toEqual(['one', 'two']);
});
