/** Step arithmetic and the learning rates that follow from it, against real Trainer runs on one to three ranks. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RampcheckError } from '../../src/errors.ts';
import { curve } from '../../src/schedule/index.ts';
import type { Versions } from '../../src/schedule/schedule.ts';
import { countSteps, type StepInputs } from '../../src/schedule/steps.ts';
import { freePort } from '../support/port.ts';
import { pythons } from './oracle.ts';

const seed = Number(process.env.RAMPCHECK_SEED ?? Date.now() % 2 ** 31);
const lr0 = 1e-3;

type Environment = keyof typeof pythons;
type Counted =
  | {
      batches: number | null;
      total: number;
      warmup: number;
      globalBatch: number;
      done: number;
      lrs: number[];
    }
  | { error: string };

const cases: readonly { in: Environment; versions: Versions; worldSize: number; runs: number }[] = [
  { in: 'newest', versions: { transformers: '5.23.0' }, worldSize: 1, runs: 42 },
  { in: 'newest', versions: { transformers: '5.23.0' }, worldSize: 2, runs: 14 },
  { in: 'newest', versions: { transformers: '5.23.0' }, worldSize: 3, runs: 6 },
  { in: 'tf4.57', versions: { transformers: '4.57.6' }, worldSize: 1, runs: 42 },
  { in: 'tf4.57', versions: { transformers: '4.57.6' }, worldSize: 2, runs: 14 },
  { in: 'tf4.57', versions: { transformers: '4.57.6' }, worldSize: 3, runs: 6 },
];

test.each(cases)(
  `$runs runs on $worldSize ranks, $versions (seed ${seed})`,
  { timeout: 300_000 },
  async (drawn) => {
    const random = fc.sample(settings(drawn.worldSize, drawn.in), { seed, numRuns: drawn.runs });
    const inputs = [...splits(drawn.worldSize), ...random];
    const counted = await runTrainers(drawn.in, drawn.worldSize, inputs);
    for (const [i, given] of inputs.entries()) {
      const real = counted[i] ?? { error: 'no answer' };
      const mine = attempt(given, drawn.versions);
      const about = JSON.stringify({ given, real, mine });
      if ('error' in real) {
        expect(mine, about).toHaveProperty('refused');
        continue;
      }
      if ('refused' in mine) throw new Error(`refused, though the Trainer runs it: ${about}`);
      expect(mine.total.value, about).toBe(real.total);
      // With max_steps and a data set shorter than one batch, the Trainer ends before its first step and says nothing.
      expect(real.done, about).toBe(real.batches === 0 ? 0 : mine.total.value);
      expect(mine.warmup.value, about).toBe(real.warmup);
      expect(mine.batchesPerEpoch.value, about).toBe(real.batches);
      if (!given.splitBatches) expect(mine.globalBatch.value, about).toBe(real.globalBatch);
      const params = { num_warmup_steps: real.warmup, num_training_steps: real.total };
      if (real.warmup > real.total) continue;
      const lr = curve({ lib: 'transformers', scheduler: 'linear', params, lr0 }, drawn.versions);
      for (const [step, used] of real.lrs.entries())
        expect(Math.abs(lr(step) - used), about).toBeLessThanOrEqual(1e-12 * lr0);
    }
  },
);

function attempt(given: StepInputs, versions: Versions) {
  try {
    return countSteps(given, versions);
  } catch (error) {
    if (error instanceof RampcheckError) return { refused: error.message };
    throw error;
  }
}

function settings(worldSize: number, environment: Environment): fc.Arbitrary<StepInputs> {
  const small = fc.integer({ min: 1, max: 5 });
  const warmup =
    environment === 'newest'
      ? fc.record({ warmupSteps: fc.constantFrom(0, 1, 3, 20, 0.1, 0.07, 0.5, 1.5, 2.7, -1) })
      : fc.record({
          warmupSteps: fc.constantFrom(0, 0, 1, 3, 20, -1),
          warmupRatio: fc.constantFrom(0, 0.03, 0.1, 0.5, 1, 1.5),
        });
  const run = fc.record({
    samples: fc.integer({ min: 1, max: 40 }),
    perDeviceBatch: small,
    accumulation: small,
    epochs: fc.constantFrom(0.1, 0.5, 1, 1.5, 2, 2.34),
    maxSteps: fc.constantFrom(-1, -1, -1, 1, 5, 12),
    dropLast: fc.boolean(),
    splitBatches: fc.oneof(
      { weight: 4, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.boolean() },
    ),
    dataset: fc.oneof(
      { weight: 5, arbitrary: fc.constant('map' as const) },
      { weight: 1, arbitrary: fc.constant('sized-iterable' as const) },
      { weight: 1, arbitrary: fc.constant('unsized-iterable' as const) },
    ),
  });
  return fc.tuple(run, warmup).map(([given, asked]) => {
    // A stream that is too short for one window never steps: the Trainer replays it for ever.
    const window = given.perDeviceBatch * given.accumulation * worldSize;
    const samples = given.dataset === 'unsized-iterable' ? given.samples + window : given.samples;
    return { ...given, ...asked, samples, worldSize };
  });
}

/** Every way in which a batch does or does not split over the ranks: too rare to leave to chance. */
function splits(worldSize: number): StepInputs[] {
  const datasets = ['map', 'sized-iterable', 'unsized-iterable'] as const;
  return datasets.flatMap((dataset) =>
    [1, 2, 3, 4].map((perDeviceBatch) => ({
      samples: 24,
      perDeviceBatch,
      accumulation: 1,
      epochs: 1,
      maxSteps: dataset === 'unsized-iterable' ? 2 : -1,
      dropLast: false,
      splitBatches: true,
      dataset,
      warmupSteps: 0,
      worldSize,
    })),
  );
}

/** TrainingArguments' names for what a setting says. */
function argumentsOf(given: StepInputs): Record<string, unknown> {
  return {
    learning_rate: lr0,
    lr_scheduler_type: 'linear',
    per_device_train_batch_size: given.perDeviceBatch,
    gradient_accumulation_steps: given.accumulation,
    num_train_epochs: given.epochs,
    max_steps: given.maxSteps,
    dataloader_drop_last: given.dropLast,
    warmup_steps: given.warmupSteps,
    ...(given.warmupRatio === undefined ? {} : { warmup_ratio: given.warmupRatio }),
  };
}

async function runTrainers(
  environment: Environment,
  worldSize: number,
  inputs: readonly StepInputs[],
): Promise<Counted[]> {
  const question = JSON.stringify(
    inputs.map((given) => ({
      samples: given.samples,
      dataset: given.dataset,
      splitBatches: given.splitBatches,
      arguments: argumentsOf(given),
    })),
  );
  const port = await freePort();
  const ranks = Array.from({ length: worldSize }, (_, rank) =>
    runRank(environment, worldSize, rank, port, question),
  );
  const [answer = '[]'] = await Promise.all(ranks);
  return JSON.parse(answer) as Counted[];
}

function runRank(
  environment: Environment,
  worldSize: number,
  rank: number,
  port: number,
  question: string,
): Promise<string> {
  const distributed = {
    RANK: String(rank),
    LOCAL_RANK: String(rank),
    WORLD_SIZE: String(worldSize),
    MASTER_ADDR: '127.0.0.1',
    MASTER_PORT: String(port),
  };
  const child = spawn(pythons[environment], [fileURLToPath(new URL('trainer_oracle.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(120_000),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OMP_NUM_THREADS: '1',
      HF_HUB_OFFLINE: '1',
      ...(worldSize > 1 ? distributed : {}),
    },
  });
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4000);
  });
  child.stdin.end(question);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`rank ${rank} ended with ${code}\n${complaints}`)),
    );
  });
}
