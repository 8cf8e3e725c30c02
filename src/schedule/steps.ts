import { RampcheckError } from '../errors.ts';
import { plural } from '../plural.ts';
import { refusal } from './refusal.ts';
import type { Versions } from './schedule.ts';
import { has } from './versions.ts';

/** What decides the number of optimizer steps. Values that the user does not know or did not state are left out. */
export interface StepInputs {
  /** Samples in the training set, before packing. */
  samples?: number | undefined;
  /** Samples per rank and forward pass; with splitBatches, over all ranks. */
  perDeviceBatch?: number | undefined;
  /** Forward passes per optimizer step. */
  accumulation?: number | undefined;
  /** Ranks of the whole job. */
  worldSize?: number | undefined;
  epochs?: number | undefined;
  maxSteps?: number | undefined;
  warmupSteps?: number | undefined;
  warmupRatio?: number | undefined;
  dropLast?: boolean | undefined;
  /** Ranks that share one sample (DeepSpeed ALST / Ulysses). */
  sequenceParallel?: number | undefined;
  splitBatches?: boolean | undefined;
  /** accelerate's even_batches; without it, ranks may differ. */
  evenBatches?: boolean | undefined;
  dataset?: 'map' | 'sized-iterable' | 'unsized-iterable' | undefined;
  /** Samples are packed together, so the number of sequences is known only to the run. */
  packing?: boolean | undefined;
  /** Why the number of batches is known only to the run. */
  unknownBatches?: string | undefined;
  /** For TRL's trainers that complete every prompt several times: samples are prompts, batches consist of completions. */
  generation?: GenerationInputs | undefined;
}

/** Arguments of GRPOConfig and RLOOConfig. At most one of the last two is given. */
export interface GenerationInputs {
  num_generations: number;
  /** Passes over the generated completions. */
  num_iterations: number;
  /** Forward passes per generation; defaults to the accumulation if neither is given. */
  steps_per_generation?: number | undefined;
  /** Completions per generation, over all ranks. */
  generation_batch_size?: number | undefined;
}

/** A count and where it comes from, or the reason why it is not known before the run. */
export type Count = { value: number; from: string } | { value: null; why: string };

/** All in optimizer steps, except the batches (forward passes per rank) and the global batch (samples). */
export interface StepCounts {
  batchesPerEpoch: Count;
  updatesPerEpoch: Count;
  total: Count;
  warmup: Count;
  globalBatch: Count;
}

/** TrainingArguments' defaults. The world size has no default: the launcher decides it. */
const defaults = { perDeviceBatch: 8, accumulation: 1, epochs: 3, sequenceParallel: 1 };

/**
 * Step arithmetic of the Hugging Face Trainer (transformers 5.23.0 trainer.py set_initial_training_values,
 * training_args.py get_warmup_steps; accelerate 1.15.0 data_loader.py BatchSamplerShard), with where each
 * number comes from.
 *
 * @throws RampcheckError if the Trainer itself would refuse to start.
 */
export function countSteps(inputs: StepInputs, versions: Versions = {}): StepCounts {
  assertCounts(inputs);
  assertSplits(inputs);
  const batchesPerEpoch = countBatches(inputs);
  const updatesPerEpoch = countUpdates(inputs, batchesPerEpoch, versions);
  const total = countTotal(inputs, batchesPerEpoch, updatesPerEpoch);
  return {
    batchesPerEpoch,
    updatesPerEpoch,
    total,
    warmup: countWarmup(inputs, total, versions),
    globalBatch: countGlobalBatch(inputs),
  };
}

/** accelerate splits an iterable's batch of one into empty batches and continues (1.15.0 data_loader.py, batch_size_for_check). */
function assertSplits(inputs: StepInputs): void {
  const { worldSize, dataset = 'map', splitBatches = false } = inputs;
  const batch = inputs.perDeviceBatch ?? defaults.perDeviceBatch;
  if (!splitBatches || worldSize === undefined || batch % worldSize === 0) return;
  if (batch === 1 && dataset !== 'map') return;
  throw refusal(
    'accelerate',
    `To use a \`DataLoader\` in \`split_batches\` mode, the batch size (${batch}) needs to be a round multiple of the number of processes (${worldSize}).`,
  );
}

function countBatches(inputs: StepInputs): Count {
  const { samples, worldSize, dataset = 'map', splitBatches = false } = inputs;
  const batch = inputs.perDeviceBatch ?? defaults.perDeviceBatch;
  const sequence = inputs.sequenceParallel ?? defaults.sequenceParallel;
  if (dataset === 'unsized-iterable') return unknown('the data set has no length');
  if (inputs.unknownBatches !== undefined) return unknown(inputs.unknownBatches);
  if (inputs.packing) return unknown('only the run knows the number of samples: packing changes it');
  if (samples === undefined) return unknown('it depends on the size of the data set; give --samples');
  if (worldSize === undefined) return unknown('the number of ranks is not known');
  if (inputs.generation)
    return countGenerated({ ...inputs, samples, worldSize, generation: inputs.generation });
  // dataloader_drop_last has no effect on the loader of an iterable.
  const dropLast = dataset === 'map' && inputs.dropLast === true;
  const batches = dropLast ? Math.floor(samples / batch) : Math.ceil(samples / batch);
  const ranks = splitBatches ? 1 : worldSize;
  if (inputs.evenBatches === false && !dropLast && batches % ranks !== 0) {
    return unknown('even_batches is off, so ranks see different numbers of batches');
  }
  const perRank = dropLast ? Math.floor(batches / ranks) : Math.ceil(batches / ranks);
  // A sequence-parallel group processes the batches of all its ranks, one after the other.
  const from = `--samples ${samples} / (${[batch, ...(splitBatches ? [] : [ranks])].join(' × ')})`;
  return {
    value: perRank * sequence,
    from: sequence > 1 ? `${from} × ${plural(sequence, 'sequence-parallel rank')}` : from,
  };
}

/**
 * trl 1.16.0, grpo_config.py and rloo_config.py (__post_init__), trainer/utils.py (RepeatSampler): prompts are drawn in groups that fill
 * one generation, what is left over is dropped, and every generation is passed over `num_iterations` times.
 */
function countGenerated(
  inputs: StepInputs & { samples: number; worldSize: number; generation: GenerationInputs },
): Count {
  const { samples, worldSize, generation } = inputs;
  const { num_generations, num_iterations, steps_per_generation, generation_batch_size } = generation;
  const batch = inputs.perDeviceBatch ?? defaults.perDeviceBatch;
  const [size, accumulation] = [batch * worldSize, inputs.accumulation ?? defaults.accumulation];
  if (steps_per_generation !== undefined && generation_batch_size !== undefined) {
    throw refusal(
      'trl',
      "'generation_batch_size' and 'steps_per_generation' can not be both configured at the same time",
    );
  }
  if (generation_batch_size !== undefined && generation_batch_size % size !== 0) {
    throw refusal(
      'trl',
      `generation_batch_size (${generation_batch_size}) must be divisible by the global batch size (${size}).`,
    );
  }
  const completions = generation_batch_size ?? size * (steps_per_generation ?? accumulation);
  if (num_generations < 2 || completions % num_generations !== 0) {
    throw refusal(
      'trl',
      num_generations < 2
        ? `at least 2 generations per prompt are needed, got num_generations ${num_generations}`
        : `generation_batch_size (${completions}) must be divisible by num_generations (${num_generations}).`,
    );
  }
  const prompts = completions / num_generations;
  const used = Math.floor(samples / prompts) * prompts;
  const drawn = used === samples ? `--samples ${samples}` : `${used} of --samples ${samples}`;
  return {
    value: (used * num_generations * num_iterations) / size,
    from: `${drawn} × ${num_generations} generations × ${num_iterations} iterations / (${batch} × ${worldSize})`,
  };
}

function countUpdates(inputs: StepInputs, batches: Count, versions: Versions): Count {
  if (batches.value === null) return batches;
  const accumulation = inputs.accumulation ?? defaults.accumulation;
  const ceil = has(versions, 'updates-ceil');
  const updates = batches.value / accumulation;
  return {
    value: Math.max(ceil ? Math.ceil(updates) : Math.floor(updates), 1),
    from: updatesFrom(batches.from, accumulation),
  };
}

/** `--samples 40 / (2 × 4)` and 2 become `--samples 40 / (2 × 4 × 2)`. */
function updatesFrom(from: string, accumulation: number): string {
  return accumulation === 1 ? from : from.replace(/\)/, ` × ${accumulation})`);
}

function countTotal(inputs: StepInputs, batches: Count, updates: Count): Count {
  const maxSteps = inputs.maxSteps ?? -1;
  const empty = batches.value === 0 || inputs.dataset === 'unsized-iterable';
  if (empty && maxSteps <= 0) {
    throw refusal(
      'transformers',
      `args.max_steps must be set to a positive value if dataloader does not have a length, was ${maxSteps}`,
      batches.value === 0
        ? `the data set is shorter than one batch of ${inputs.perDeviceBatch ?? defaults.perDeviceBatch}`
        : undefined,
    );
  }
  if (maxSteps >= 0) return { value: maxSteps, from: 'max_steps' };
  if (updates.value === null) return updates;
  const epochs = inputs.epochs ?? defaults.epochs;
  // One ceil on the product: half an epoch of 3 updates is 2 steps, one and a half are 5.
  return { value: Math.ceil(epochs * updates.value), from: `${updates.from} × ${plural(epochs, 'epoch')}` };
}

function countWarmup(inputs: StepInputs, total: Count, versions: Versions): Count {
  const asked = has(versions, 'warmup-steps-float') ? warmupSince5(inputs, versions) : warmupBefore5(inputs);
  if (asked.share === undefined) return { value: asked.steps, from: asked.from };
  if (total.value === null)
    return unknown(`${asked.from} is a share of the total, which is not known (${total.why})`);
  return {
    value: Math.ceil(total.value * asked.share),
    from: `${asked.from} × ${plural(total.value, 'step')}`,
  };
}

/** The requested warmup: a number of steps, or a share of the total. */
type Warmup = { steps: number; share?: undefined; from: string } | { share: number; from: string };

function warmupSince5({ warmupSteps = 0, warmupRatio }: StepInputs, versions: Versions): Warmup {
  if (warmupRatio !== undefined && has(versions, 'warmup-ratio-removed')) {
    throw refusal(
      'transformers',
      "TrainingArguments.__init__() got an unexpected keyword argument 'warmup_ratio'",
      `since 5.15 a share of the run is written as warmup_steps=${warmupRatio}`,
    );
  }
  // 5.0 to 5.14 copy the ratio into the steps.
  const value = warmupRatio ?? warmupSteps;
  const name = warmupRatio === undefined ? 'warmup_steps' : 'warmup_ratio';
  if (value < 0)
    throw refusal('transformers', `Got warmup_steps = ${value}, Expected value warmup_steps >= 0`);
  if (value === 0) return { steps: 0, from: `${name} 0` };
  // 1.0 is one step, not the whole run, and 2.7 is two.
  return value >= 1
    ? { steps: Math.trunc(value), from: `${name} ${value}` }
    : { share: value, from: `${name} ${value}` };
}

function warmupBefore5({ warmupSteps = 0, warmupRatio = 0 }: StepInputs): Warmup {
  if (warmupRatio < 0 || warmupRatio > 1)
    throw refusal('transformers', 'warmup_ratio must lie in range [0,1]');
  if (!Number.isInteger(warmupSteps) || warmupSteps < 0) {
    throw refusal('transformers', 'warmup_steps must be of type int and must be 0 or a positive integer.');
  }
  if (warmupSteps > 0 || warmupRatio === 0)
    return { steps: warmupSteps, from: `warmup_steps ${warmupSteps}` };
  return { share: warmupRatio, from: `warmup_ratio ${warmupRatio}` };
}

function countGlobalBatch(inputs: StepInputs): Count {
  const { worldSize, splitBatches = false } = inputs;
  if (worldSize === undefined) return unknown('the number of ranks is not known');
  const batch = inputs.perDeviceBatch ?? defaults.perDeviceBatch;
  const accumulation = inputs.accumulation ?? defaults.accumulation;
  const ranks = splitBatches ? 1 : worldSize / (inputs.sequenceParallel ?? defaults.sequenceParallel);
  return {
    value: batch * ranks * accumulation,
    from: `${batch} × ${plural(ranks, 'rank')} × ${accumulation}`,
  };
}

function unknown(why: string): Count {
  return { value: null, why };
}

/** Refuses values that are not counts. `maxSteps` may be negative, which means "not given". */
function assertCounts(inputs: StepInputs): void {
  const least = {
    samples: 0,
    perDeviceBatch: 1,
    accumulation: 1,
    worldSize: 1,
    sequenceParallel: 1,
  } as const;
  for (const [name, minimum] of Object.entries(least) as [keyof typeof least, number][]) {
    const value = inputs[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= minimum)) {
      throw new RampcheckError(
        'bad-step-count',
        `${name} is ${value}: it must be a whole number of at least ${minimum}`,
      );
    }
  }
  const { epochs, maxSteps } = inputs;
  if (epochs !== undefined && !(Number.isFinite(epochs) && epochs >= 0)) {
    throw new RampcheckError('bad-step-count', `epochs is ${epochs}: it must be at least 0`);
  }
  if (maxSteps !== undefined && !Number.isSafeInteger(maxSteps)) {
    throw new RampcheckError('bad-step-count', `maxSteps is ${maxSteps}: it must be a whole number`);
  }
}
