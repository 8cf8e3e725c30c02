import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editJson } from '../../src/files/edit-json.ts';

test.each([
  ['the first entry', '{\n  "a": 1,\n  "b": 2\n}\n', ['a'], undefined, '{\n  "b": 2\n}\n'],
  ['the last entry', '{\r\n\t"a": 1,\r\n\t"b": 2\r\n}', ['b'], undefined, '{\r\n\t"a": 1\r\n}'],
  ['the only entry', '{ "a": {"b": 1 } }', ['a', 'b'], undefined, '{ "a": {} }'],
  ['an absent entry', '{"a": 1}', ['b'], undefined, '{"a": 1}'],
  ['an absent object', '{"a": 1}', ['b', 'c'], 1, '{"a": 1}'],
  ['a value', '{"a":1,"b" : 2}', ['b'], 3, '{"a":1,"b" : 3}'],
  ['the last of two equal names', '{"a":1,"a":2}', ['a'], 3, '{"a":1,"a":3}'],
  ['a new entry in its line', '{"p": {"x": 1}}', ['p', 'y'], 'z', '{"p": {"x": 1, "y": "z"}}'],
  [
    'a new entry on its line',
    '{\n    "p": {\n        "x": 1\n    }\n}',
    ['p', 'y'],
    'z',
    '{\n    "p": {\n        "x": 1,\n        "y": "z"\n    }\n}',
  ],
  ['a new entry in an empty object', '{"p": {}}', ['p', 'y'], 1, '{"p": { "y": 1 }}'],
  [
    'an object in the file’s own style',
    '{\r\n\t"p": 1\r\n}',
    ['p'],
    { x: { y: 1 } },
    '{\r\n\t"p": {\r\n\t\t"x": {\r\n\t\t\t"y": 1\r\n\t\t}\r\n\t}\r\n}',
  ],
])('%s', (_, text, path, value, after) => {
  expect(editJson(text, path, value)).toBe(after);
});

test('any entry of any object: what is parsed afterwards is what was meant, and the other entries keep their order', () => {
  const key = fc.constantFrom('a', 'b', 'scheduler', '__proto__x', 'ü');
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 4 });
  fc.assert(
    fc.property(
      object,
      key,
      fc.option(fc.jsonValue({ maxDepth: 2 })),
      fc.constantFrom('', '\t', '   '),
      (value, name, set, indent) => {
        const text = JSON.stringify(value, null, indent);
        const after = editJson(text, [name], set ?? undefined);
        const { [name]: _removed, ...rest } = value;
        const wanted = set === null ? rest : { ...value, [name]: set };
        expect(JSON.parse(after)).toEqual(JSON.parse(JSON.stringify(wanted)));
        expect(Object.keys(JSON.parse(after) as object)).toEqual(Object.keys(wanted));
        // Setting what is there already changes nothing but the value's own layout.
        if (name in value) expect(JSON.parse(editJson(after, [name], value[name]))).toMatchObject(rest);
      },
    ),
  );
});
