import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDeepSpeedConfig } from '../../src/job/deepspeed-config.ts';

test('every value has its place', () => {
  const config = parseDeepSpeedConfig('{\n  "a": [1, {"b": 2}],\n\t"scheduler": {\n"type": "X"}}', 'ds.json');
  expect(config.value).toEqual({ a: [1, { b: 2 }], scheduler: { type: 'X' } });
  expect(config.locate(['a', 1, 'b'])).toEqual({ file: 'ds.json', line: 2, column: 18 });
  expect(config.locate(['scheduler', 'type'])).toEqual({ file: 'ds.json', line: 4, column: 9 });
  expect(config.locate(['scheduler', 'params'])).toBeUndefined();
  expect(config.lines(['scheduler'])).toEqual({ first: 3, last: 4 });
});

test('of two equal keys the last one counts, and no key is special', () => {
  const config = parseDeepSpeedConfig('{"a": 1,\n"a": 2, "__proto__": 3}', 'ds.json');
  expect(Object.entries(config.value)).toEqual([
    ['a', 2],
    ['__proto__', 3],
  ]);
  expect(config.locate(['a'])).toMatchObject({ line: 2, column: 6 });
});

function expectRefusal(text: string, code: string, line: number, column: number): void {
  const error = { code, location: { file: 'ds.json', line, column } };
  expect(() => parseDeepSpeedConfig(text, 'ds.json')).toThrow(expect.objectContaining(error) as Error);
}

test.each([
  ['', 1, 1],
  ['  \n', 2, 1],
  ['{\n  "a": 1,\n}', 3, 1],
  ['{"a" 1}', 1, 6],
  ['{"a": 1 "b": 2}', 1, 9],
  ['{"a": yes}', 1, 7],
  ['// x\n{}', 1, 1],
  ['{} {}', 1, 4],
  ['{"a": 1', 1, 8],
])('%j is no JSON, at its place', (text, line, column) => {
  expectRefusal(text, 'deepspeed-config-not-json', line, column);
});

test.each([
  ['[1]', 1, 1],
  [' "zero3"', 1, 2],
  ['null', 1, 1],
])('%j is no object', (text, line, column) => {
  expectRefusal(text, 'deepspeed-config-not-object', line, column);
});

test('reads what JSON.parse reads, and refuses the rest with a code', () => {
  const mutated = fc
    .tuple(fc.json(), fc.nat(40), fc.constantFrom('', ',', '}', '"', '\\', '1', '#'))
    .map(([json, at, more]) => json.slice(0, at) + more + json.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.json(), mutated), (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expected = undefined;
      }
      try {
        expect(parseDeepSpeedConfig(text, 'ds.json').value).toEqual(expected);
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error)) throw error;
        expect(typeof expected === 'object' && expected !== null && !Array.isArray(expected)).toBe(false);
      }
    }),
  );
});
