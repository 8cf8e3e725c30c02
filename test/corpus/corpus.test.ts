import { expect, test } from 'vitest';
import { readCases } from './case.ts';
import { play } from './play.ts';

/** The fast part of the corpus; `npm run corpus` plays all of it. */
const cases = readCases().filter(({ fast }) => fast);

test.for(cases.map((entry) => [entry.id, entry] as const))('%s', { timeout: 240_000 }, async ([, entry]) => {
  const { problems, output } = await play(entry);
  expect(problems, output).toEqual([]);
});
