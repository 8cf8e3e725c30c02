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

test.each([
  ['', 'deepspeed-config-not-json', 1, 1],
  ['  \n', 'deepspeed-config-not-json', 2, 1],
  ['{\n  "a": 1,\n}', 'deepspeed-config-not-json', 3, 1],
  ['{"a" 1}', 'deepspeed-config-not-json', 1, 6],
  ['{"a": 1 "b": 2}', 'deepspeed-config-not-json', 1, 9],
  ['{"a": yes}', 'deepspeed-config-not-json', 1, 7],
  ['// x\n{}', 'deepspeed-config-not-json', 1, 1],
  ['{} {}', 'deepspeed-config-not-json', 1, 4],
  ['{"a": 1', 'deepspeed-config-not-json', 1, 8],
  ['[1]', 'deepspeed-config-not-object', 1, 1],
  [' "zero3"', 'deepspeed-config-not-object', 1, 2],
  ['null', 'deepspeed-config-not-object', 1, 1],
])('%j is refused with its place', (text, code, line, column) => {
  const error = { code, location: { file: 'ds.json', line, column } };
  expect(() => parseDeepSpeedConfig(text, 'ds.json')).toThrow(expect.objectContaining(error) as Error);
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
