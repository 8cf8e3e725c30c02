import { expect, test } from 'vitest';
import { countSteps, type StepInputs } from '../../src/schedule/steps.ts';

const older = { transformers: '4.51.3' };

/** From transformers' own runs: samples, batch, accumulation, epochs, more → total. */
const totals: readonly [StepInputs, number][] = [
  [{ samples: 10, perDeviceBatch: 3, worldSize: 1, epochs: 1 }, 4],
  [{ samples: 10, perDeviceBatch: 3, worldSize: 1, epochs: 1, dropLast: true }, 3],
  [{ samples: 10, perDeviceBatch: 3, worldSize: 1, accumulation: 2, epochs: 1 }, 2],
  [{ samples: 10, perDeviceBatch: 3, worldSize: 1, accumulation: 8, epochs: 1 }, 1],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 1, accumulation: 2, epochs: 1.5 }, 5],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 1, accumulation: 2, epochs: 0.1 }, 1],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 1, accumulation: 2, epochs: 2.34 }, 8],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 2, epochs: 1 }, 3],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 2, epochs: 1, dropLast: true }, 2],
  [{ samples: 10, perDeviceBatch: 2, worldSize: 2, epochs: 1, splitBatches: true }, 5],
];

test.each(totals)('%j trains %d steps', (inputs, total) => {
  expect(countSteps(inputs).total.value).toBe(total);
});

test('every number says where it comes from', () => {
  const counts = countSteps({
    samples: 40,
    perDeviceBatch: 2,
    accumulation: 2,
    worldSize: 4,
    epochs: 3,
    warmupSteps: 0.1,
  });
  expect(counts).toEqual({
    batchesPerEpoch: { value: 5, from: '--samples 40 / (2 × 4)' },
    updatesPerEpoch: { value: 3, from: '--samples 40 / (2 × 4 × 2)' },
    total: { value: 9, from: '--samples 40 / (2 × 4 × 2) × 3 epochs' },
    warmup: { value: 1, from: 'warmup_steps 0.1 × 9 steps' },
    globalBatch: { value: 16, from: '2 × 4 ranks × 2' },
  });
});

test('what nobody knows before the run is said, not guessed', () => {
  expect(countSteps({ worldSize: 8 }).total).toEqual({
    value: null,
    why: 'it depends on the size of the data set; give --samples',
  });
  expect(countSteps({ samples: 10 }).total).toEqual({ value: null, why: 'the number of ranks is not known' });
  expect(countSteps({ samples: 10, worldSize: 1, packing: true }).total.value).toBeNull();
  expect(countSteps({ worldSize: 8, warmupSteps: 0.03 }).warmup).toEqual({
    value: null,
    why: 'warmup_steps 0.03 is a share of the total, which is not known (it depends on the size of the data set; give --samples)',
  });
  expect(countSteps({ maxSteps: 50, warmupSteps: 5 })).toMatchObject({
    total: { value: 50, from: 'max_steps' },
    warmup: { value: 5, from: 'warmup_steps 5' },
  });
});

test('before 4.52 a half-filled last window of an epoch was no step', () => {
  const inputs = { samples: 10, perDeviceBatch: 1, accumulation: 4, worldSize: 1, epochs: 3 };
  expect(countSteps(inputs, older).total.value).toBe(6);
  expect(countSteps(inputs).total.value).toBe(9);
});

test('a warmup ratio by version', () => {
  const inputs = { maxSteps: 100, warmupRatio: 0.07 };
  expect(countSteps(inputs, { transformers: '4.57.6' }).warmup.value).toBe(8);
  expect(countSteps({ ...inputs, warmupSteps: 3 }, { transformers: '4.57.6' }).warmup.value).toBe(3);
  expect(countSteps({ ...inputs, warmupSteps: 3 }, { transformers: '5.10.0' }).warmup.value).toBe(8);
  expect(() => countSteps(inputs)).toThrow("unexpected keyword argument 'warmup_ratio'");
});

test('sequence-parallel ranks walk through each others batches', () => {
  const counts = countSteps({ samples: 64, perDeviceBatch: 1, worldSize: 8, sequenceParallel: 4, epochs: 1 });
  expect(counts.batchesPerEpoch.value).toBe(32);
  expect(counts.globalBatch.value).toBe(2);
});

test.each([
  [{ worldSize: 0 }, 'worldSize is 0'],
  [{ samples: 1.5 }, 'samples is 1.5'],
  [{ epochs: Number.NaN }, 'epochs is NaN'],
  [{ dataset: 'unsized-iterable' }, 'args.max_steps must be set to a positive value'],
  [
    { samples: 1, worldSize: 1, perDeviceBatch: 2, dropLast: true },
    'args.max_steps must be set to a positive value',
  ],
  [{ samples: 9, worldSize: 2, perDeviceBatch: 3, splitBatches: true }, 'needs to be a round multiple'],
] as readonly [StepInputs, string][])('%j is refused', (inputs, message) => {
  expect(() => countSteps(inputs)).toThrow(message);
});
