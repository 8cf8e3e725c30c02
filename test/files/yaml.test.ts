import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editYamlScalar } from '../../src/files/edit-yaml.ts';
import { parseYamlObject } from '../../src/files/yaml-object.ts';
import { pythons } from '../schedule/oracle.ts';

const role = { what: 'the file', code: 'arguments-file-bad' };

/** What PyYAML makes of each text; undefined where it refuses it or makes something that JSON has no word for. */
function pyYaml(texts: readonly string[]): unknown[] {
  const source = `import json, sys, yaml
def read(text):
    try:
        return json.dumps(yaml.safe_load(text), allow_nan=False)
    except Exception:
        return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`;
  const output = execFileSync(pythons.newest, ['-c', source], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  return (JSON.parse(output) as (string | null)[]).map((text) =>
    text === null ? undefined : (JSON.parse(text) as unknown),
  );
}

const scalars = [
  ...'1e-4 1.0e-4 1.0e4 1.e+3 .5 5. 1_000 0x1F 017 0b11 1:30 1:30.5 yes No ON off True null ~ -1 +2 1e5 1E-5 2e-05'.split(
    ' ',
  ),
  ...`'1e-4' "1.0e-4" 0.1 1.5e-3 -0.5 00 08 1__0 . - "" 'yes' 3% a:b`.split(' '),
];

test('scalars are what PyYAML makes of them', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789eE.+-_x'), minLength: 1, maxLength: 6 });
  const words = [...scalars, ...fc.sample(digits, { seed: 11, numRuns: 400 })];
  const texts = words.map((word) => `a: ${word}\nb: [${word === '-' ? 1 : word.replace(/^"?\.?$/, '1')}]\n`);
  const wanted = pyYaml(texts);
  texts.forEach((text, at) => {
    if (wanted[at] === undefined) return;
    expect(parseYamlObject(text, 'f', role).value, text).toEqual(wanted[at]);
  });
});

test('anchors, merges, nesting, comments and repeated keys', () => {
  const text = `base: &base {lr: 1.0e-5, steps: 10}
run:
  <<: *base   # the same
  steps: 20
list:
- 1e-4
- {a: yes}
text: |
  two
  lines
lr: 1
lr: 2
`;
  const [wanted] = pyYaml([text]);
  const file = parseYamlObject(text, 'f.yaml', role);
  expect(file.value).toEqual(wanted);
  expect(file.locate(['run', 'steps'])).toEqual({ file: 'f.yaml', line: 4, column: 10 });
  expect(file.source(['list', 0])).toBe('1e-4');
});

test('a value is replaced, and nothing else', () => {
  expect(editYamlScalar('# x\nlr:   1e-4  # y\r\nb: 1\n', ['lr'], 1e-7)).toBe(
    '# x\nlr:   1.0e-7  # y\r\nb: 1\n',
  );
  expect(editYamlScalar('lr: 1\n', ['no'], 2)).toBe('lr: 1\n');
});

test.each([
  ['a: [1\n', 2],
  ['a: 1\n b: 2\n', 1],
  ['- 1\n', undefined],
  ['', undefined],
  ['a: "\u0001"\n', 1],
])('%j is refused', (text, line) => {
  const location = line === undefined ? expect.anything() : expect.objectContaining({ line });
  expect(() => parseYamlObject(text, 'f', role)).toThrow(
    expect.objectContaining({ code: role.code, location }) as Error,
  );
});
