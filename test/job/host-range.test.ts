import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandHosts, foldHosts } from '../../src/job/host-range.ts';

const lists: [string, string[]][] = [
  ['a', ['a']],
  ['node[01-03]', ['node01', 'node02', 'node03']],
  ['n[8-11]', ['n8', 'n9', 'n10', 'n11']],
  ['n[1,3-4],login', ['n1', 'n3', 'n4', 'login']],
  ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
  ['n[0-8/4]x', ['n0x', 'n4x', 'n8x']],
];

test.each(lists)('%s', (text, names) => {
  expect(expandHosts(text)).toEqual(names);
});

test.each(['n[1-', 'n1]', 'n[a]', 'n[3-1]', 'n[]', 'n[1-9999999]', 'n[1-3/0]', 'n[1-300]m[1-300]'])(
  '%s is refused',
  (text) => {
    expect(() => expandHosts(text)).toThrow();
  },
);

test('what is folded unfolds to the same names in the same order', () => {
  const name = fc.tuple(
    fc.constantFrom('n', 'rack1-', ''),
    fc.integer({ min: 0, max: 120 }),
    fc.constantFrom(0, 3),
    fc.constantFrom('', '-ib'),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 12 }), (parts) => {
      const names = parts.map(
        ([before, number, width, after]) => `${before}${String(number).padStart(width, '0')}${after}`,
      );
      expect(expandHosts(foldHosts(names))).toEqual(names);
    }),
  );
});

const nodeset = spawnSync('nodeset', ['--version']).status === 0;

test.skipIf(!nodeset)('ClusterShell expands and folds to the same', () => {
  const ask = (...args: string[]) => spawnSync('nodeset', args, { encoding: 'utf8' }).stdout.trim();
  for (const [text, names] of lists) {
    expect(ask('-e', text).split(' ').sort()).toEqual([...names].sort());
  }
  for (const text of ['node[01-03]', 'n[8-11]', 'node[001-003,007]', 'login']) {
    expect(foldHosts(expandHosts(text))).toBe(ask('-f', ...ask('-e', text).split(' ')));
  }
});
