import { expect, test } from 'vitest';
import { applyFilters } from '../../src/job/filters.ts';
import { parseHostfile } from '../../src/job/hostfile.ts';

test('hosts in the order of their lines, with comments, blanks, tabs and CRLF', () => {
  const nodes = parseHostfile('\ufeff# two\r\n\r\nb slots=2\r\n  a\tslots=1 # spare\r\n', 'hosts');
  expect(nodes).toEqual([
    { name: 'b', slots: [0, 1], location: { file: 'hosts', line: 3, column: 1 } },
    { name: 'a', slots: [0], location: { file: 'hosts', line: 4, column: 3 } },
  ]);
});

test.each([
  ['a slots=8x', 'hostfile-line', 1, 9, "write 'a slots=8'"],
  ['a slots=8 foo', 'hostfile-line', 1, 11, "write 'a slots=8'"],
  ['a slots=0', 'hostfile-line', 1, 9, "remove the line to leave 'a' out"],
  ['a slots=99999999999', 'hostfile-line', 1, 9, 'a node has at most 1024 slots here'],
  ['a slots=', 'hostfile-line', 1, 3, "write 'a slots=8'"],
  ['a slots=-1', 'hostfile-line', 1, 3, "write 'a slots=1'"],
  ['a max_slots=4', 'hostfile-line', 1, 3, "write 'a slots=4'"],
  ['b slots=1\n  a', 'hostfile-line', 2, 3, "write 'a slots=8'"],
  ['a:4', 'hostfile-line', 1, 1, "write 'a slots=4'"],
  ['a slots=2\n\na slots=3', 'hostfile-duplicate', 3, 1, 'a slots=5'],
  ['', 'hostfile-empty', undefined, undefined, 'worker-0 slots=8'],
  ['# nothing\n', 'hostfile-empty', undefined, undefined, 'worker-0 slots=8'],
])('%j is refused with its place', (text, code, line, column, hint) => {
  const location = line === undefined ? { file: 'hosts' } : { file: 'hosts', line, column };
  const error = { code, location, hint: expect.stringContaining(hint) as string };
  expect(() => parseHostfile(text, 'hosts')).toThrow(expect.objectContaining(error) as Error);
});

const nodes = parseHostfile('w0 slots=2\nw1 slots=4\nw2 slots=2', 'hosts');
const shape = (left: typeof nodes) => left.map(({ name, slots }) => `${name}:${slots.join(',')}`).join(' ');

test.each([
  [{}, 'w0:0,1 w1:0,1,2,3 w2:0,1'],
  [{ include: 'w1' }, 'w1:0,1,2,3'],
  [{ include: 'w2:1@w0:1,0,1' }, 'w0:0,1 w2:1'],
  [{ include: 'w0:0@w0:1' }, 'w0:0,1'],
  [{ exclude: 'w1' }, 'w0:0,1 w2:0,1'],
  [{ exclude: 'w1:0,3@w0:0,1' }, 'w1:1,2 w2:0,1'],
  [{ nodes: 2, ranksPerNode: 1 }, 'w0:0 w1:0'],
  [{ nodes: 4, leastNodes: 2 }, 'w0:0,1 w1:0,1,2,3 w2:0,1'],
])('%j leaves %s', (cluster, left) => {
  expect(shape(applyFilters(nodes, cluster))).toBe(left);
});

test.each([
  [{ include: 'w1', exclude: 'w2' }, 'filter-conflict'],
  [{ include: 'w1', ranksPerNode: 1 }, 'filter-conflict'],
  [{ include: 'w1:0:1' }, 'filter-bad'],
  [{ include: 'w1:0-3' }, 'filter-bad'],
  [{ include: 'w1:9' }, 'filter-bad'],
  [{ include: 'w1:x' }, 'filter-bad'],
  [{ include: 'w9' }, 'filter-bad'],
  [{ exclude: 'w0@w1@w2' }, 'filter-leaves-nothing'],
  [{ nodes: 4 }, 'too-few-hosts'],
  [{ ranksPerNode: 3 }, 'too-few-slots'],
])('%j is refused', (cluster, code) => {
  expect(() => applyFilters(nodes, cluster)).toThrow(expect.objectContaining({ code }) as Error);
});

const hosts = (text: string, slots?: number) =>
  parseHostfile(text, 'hosts', slots).map(({ name, user, port, slots: { length } }) => [
    name,
    user,
    port,
    length,
  ]);

test.each([
  ['ada@gpu1:2222 slots=8', [['gpu1', 'ada', 2222, 8]]],
  ['gpu1:2222 slots=8', [['gpu1', undefined, 2222, 8]]],
  ['fd00::7 slots=2', [['fd00::7', undefined, undefined, 2]]],
  ['ada@[fd00::7]:2222 slots=2', [['fd00::7', 'ada', 2222, 2]]],
  ['a slots=4 max_slots=8', [['a', undefined, undefined, 4]]],
  [
    'node[08-10] slots=1',
    [
      ['node08', undefined, undefined, 1],
      ['node09', undefined, undefined, 1],
      ['node10', undefined, undefined, 1],
    ],
  ],
])('%j', (text, expected) => {
  expect(hosts(text)).toEqual(expected);
});

test('a plain list takes its number of ranks from the command', () => {
  expect(hosts('a\nuser@b # spare\nn[1-2]\n', 4).map(([name, , , slots]) => `${name}:${slots}`)).toEqual([
    'a:4',
    'b:4',
    'n1:4',
    'n2:4',
  ]);
});

test.each([
  ['node[3-1] slots=2', 1, 1],
  ['a slots=1\n  n[1 slots=2', 2, 3],
  ['-oProxyCommand=x slots=1', 1, 1],
  ['@a slots=1', 1, 1],
  ['a:70000 slots=1', 1, 1],
  ['node[1-3] slots=1\nnode2 slots=1', 2, 1],
])('%j is refused with its place', (text, line, column) => {
  expect(() => parseHostfile(text, 'hosts')).toThrow(
    expect.objectContaining({ location: { file: 'hosts', line, column } }) as Error,
  );
});
