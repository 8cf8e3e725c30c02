import { expect, test } from 'vitest';
import { describe as sentence } from '../../src/report/plain.ts';
import { proofWords } from '../../src/report/proof-words.ts';
import { newRun, ofEveryTraining, type Rank, type Training } from '../../src/run/run.ts';

/** Projected, and it is known how many steps will be shown. */
const projected: Partial<Training> = { projected: { available: true }, hold: 2 };
/** A loop that writes its learning rate by itself, or --no-projection. */
const refused: Partial<Training> = { projected: { available: false }, hold: 16 };
const off: Partial<Training> = { hold: 16 };

function rank(number: number, trainings: Partial<Training>[]): Rank {
  return {
    rank: number,
    ...{ node: 0, pid: 1, steps: 0, skipped: 0, maxDeviation: 0, tail: [], gone: false },
    trainings: new Map(trainings.map((training, optimizer) => [optimizer, { steps: 0, ...training }])),
  };
}

function held(...ranks: Partial<Training>[][]) {
  const all = ranks.map((trainings, number) => rank(number, trainings));
  return {
    ...newRun(['a']),
    state: 'holding' as const,
    worldSize: all.length,
    ranks: new Map(all.map((one) => [one.rank, one])),
  };
}

test.for<[string, Partial<Training>[], boolean]>([
  ['no optimizer yet', [], false],
  ['one of one', [projected], true],
  ['the first of two alone', [projected, {}], false],
  ['the second of two alone', [{}, projected], false],
  ['both', [projected, projected], true],
])('a rank with %s projected', ([, trainings, all]) => {
  expect(ofEveryTraining(rank(0, trainings), (training) => training.projected)).toBe(all);
  expect(sentence(held(trainings))).toMatch(
    all ? /every rank has projected its schedule/ : /waiting for the training to start/,
  );
});

test.for<[string, Partial<Training>[][], RegExp]>([
  ['cannot be made', [[refused], [refused]], /no schedule could be projected/],
  ['are turned off', [[off], [off]], /no schedule could be projected/],
  ['are made by one rank', [[projected], [refused]], /1 of 2 ranks have projected their schedule/],
  ['are made by all', [[projected], [projected]], /every rank has projected its schedule/],
])('where projections %s nothing else is claimed', ([, ranks, words]) => {
  expect(sentence(held(...ranks))).toMatch(words);
});

test('a proof claims no projection that was not made', () => {
  expect(proofWords({ hold_steps: 2, projection: 'complete' })).toBe(
    'the first 2 optimizer steps and the projection of the rest',
  );
  expect(proofWords({ hold_steps: 2, projection: 'partial' })).toBe(
    'the first 2 optimizer steps and a projection of a part of the rest',
  );
  expect(proofWords({ hold_steps: 1, projection: 'none' })).toBe(
    'the first 1 optimizer step and no more: no projection of the rest was made',
  );
});
