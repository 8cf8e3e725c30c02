import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { folder, type Played, play, readTable } from './sequence.ts';

/**
 * The state machine is written twice: in TypeScript for a launched run, in Python for a batch job. One table says what both must do, and
 * each test runs the other language too, so that neither can pass alone.
 */
const table = readTable();
let python: Map<string, Played>;

beforeAll(async () => {
  const { stdout } = await execa('python3', [join(folder, 'play.py'), '--table']);
  const played = stdout.split('\n').map((line) => JSON.parse(line) as Played);
  python = new Map(played.map((one) => [one.name, one]));
});

test('both machines have played every row, and no two rows have one name', () => {
  expect([...python.keys()].sort()).toEqual(table.map(({ name }) => name).sort());
  expect(table.length).toBeGreaterThanOrEqual(40);
});

describe.each(table)('$name', (row) => {
  const { name, actions, verdict, warnings = [] } = row;

  test('in TypeScript', () => {
    const played = play(row);
    expect(played.actions).toEqual(actions);
    expect(played.verdict).toMatchObject({ ...verdict, warnings });
  });

  test('in Python, with the same verdict', () => {
    expect(python.get(name)?.actions).toEqual(actions);
    expect(python.get(name)?.verdict).toEqual(play(row).verdict);
  });
});
