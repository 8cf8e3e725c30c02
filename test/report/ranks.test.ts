import { expect, test } from 'vitest';
import { describe as sentence } from '../../src/report/plain.ts';
import { newRun, ofEveryTraining, type Rank, type Training } from '../../src/run/run.ts';

const projected: Training['projected'] = { available: true };

function rank(trainings: Partial<Training>[]): Rank {
  return {
    ...{
      rank: 0,
      node: 0,
      pid: 1,
      steps: 0,
      skipped: 0,
      maxDeviation: 0,
      tail: [],

      gone: false,
    },
    trainings: new Map(trainings.map((training, optimizer) => [optimizer, { steps: 0, ...training }])),
  };
}

test.for<[string, Partial<Training>[], boolean]>([
  ['no optimizer yet', [], false],
  ['one of one', [{ projected }], true],
  ['the first of two alone', [{ projected }, {}], false],
  ['the second of two alone', [{}, { projected }], false],
  ['both', [{ projected }, { projected }], true],
])('a rank with %s projected', ([, trainings, all]) => {
  const only = rank(trainings);
  expect(ofEveryTraining(only, (training) => training.projected)).toBe(all);
  const run = { ...newRun(['a']), state: 'holding' as const, worldSize: 1, ranks: new Map([[0, only]]) };
  expect(sentence(run)).toMatch(
    all ? /every projection has been made/ : /waiting for their training to begin/,
  );
});
