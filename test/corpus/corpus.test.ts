import { expect, test } from 'vitest';
import { readCases } from './case.ts';
import { disagreements, play } from './play.ts';

/** The fast part of the corpus, launched and as a batch job: both must say the same. `npm run corpus` plays all of it. */
const cases = readCases().filter(({ fast }) => fast);

test.for(cases.map((entry) => [entry.id, entry] as const))('%s', { timeout: 400_000 }, async ([, entry]) => {
  const launched = await play(entry);
  expect(launched.problems, launched.output).toEqual([]);
  const submitted = await play(entry, 'batch');
  expect(submitted.problems, submitted.output).toEqual([]);
  expect(disagreements(launched, submitted)).toEqual([]);
});
