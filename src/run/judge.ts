import type { Declared, EventOf } from '../contract/rank-event.ts';
import type { Expect } from '../contract/settings.ts';
import { batchingOfRun } from '../job/trainer.ts';
import { formatRates } from '../rate.ts';
import { libraryCurve } from '../schedule/index.ts';
import { longWarmup } from '../schedule/span.ts';
import { countSteps } from '../schedule/steps.ts';
import { type Rules, tolerate, warn } from './react.ts';
import type { Cause, Contradiction, Run } from './run.ts';

/** The options with which a run is judged, as run.json stores them. */
export interface JudgeOptions {
  /** Training samples, from --samples. */
  samples?: number | undefined;
  holdSteps: number | 'auto';
  projection: boolean;
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  /** --expect, one per optimizer. */
  expect: readonly Expect[];
}

/** `inconclusive`: the contradiction proves neither that the schedule is wrong nor that it is right. */
type Found = Contradiction & { inconclusive?: true };

export function rulesOf({ expect, onMismatch }: Pick<JudgeOptions, 'expect' | 'onMismatch'>): Rules {
  return { optimizers: Math.max(1, expect.length), stopOnMismatch: onMismatch === 'abort' };
}

/**
 * The checks that need formulas: compares what a rank has declared with the curves and step counts computed here (the
 * second oracle). Differences become warnings of the run; a contradiction is returned as a reason to end it.
 */
export function judgeDeclared(
  run: Run,
  node: number,
  event: EventOf<'declared'>,
  { samples, onMismatch }: Pick<JudgeOptions, 'samples' | 'onMismatch'>,
): Cause | undefined {
  const warnings = [
    ...familyDifferences(event),
    ...peakNotReached(event),
    ...rowsLeftOut(samples, event),
    ...unknownTotal(event),
  ];
  for (const text of warnings) warn(run, text);
  const found = otherTotal(samples, event) ?? oraclesDisagree(event);
  if (!found) return undefined;
  if (onMismatch === 'abort' && run.state !== 'released')
    return { kind: 'contradiction', rank: event.rank, node, ...found };
  if (found.inconclusive) warn(run, found.message);
  else tolerate(run, found);
  return undefined;
}

/** The total from --samples and the arguments differs from the total that the run counts. */
function otherTotal(samples: number | undefined, declared: Declared): Found | undefined {
  const { total, training } = declared;
  const planned = totalOfSamples(samples, declared);
  if (planned === undefined || planned.value === total) return undefined;
  if (total < planned.value && batchingOfRun(training).leavesOut) return undefined;
  return {
    id: 'total-steps-differ',
    message: `the run counts ${total} optimizer steps, but --samples ${samples} gives ${planned.value}: the schedule would be ${total > planned.value ? 'too long' : 'too short'}`,
    fix: [
      `correct --samples, or find out why the data set has a different size in the run (packing, filtering, a split): ${planned.from}`,
    ],
  };
}

/** The total from --samples and the run's arguments; undefined if only the run knows it. */
function totalOfSamples(
  samples: number | undefined,
  { training, versions }: Declared,
): { value: number; from: string } | undefined {
  if (samples === undefined || training.num_train_epochs === undefined) return undefined;
  if (Number(training.max_steps) > 0) return undefined;
  const { packing, unknown, generation } = batchingOfRun(training);
  const { total } = countSteps(
    {
      samples,
      perDeviceBatch: Number(training.per_device_train_batch_size),
      accumulation: Number(training.gradient_accumulation_steps),
      worldSize: Number(training.world_size),
      epochs: Number(training.num_train_epochs),
      dropLast: training.dataloader_drop_last === true,
      packing,
      unknownBatches: unknown,
      generation,
    },
    versions,
  );
  return total.value === null ? undefined : total;
}

/** Rows that the trainer skips make the run shorter than --samples suggests; its schedule is built for the rest. */
function rowsLeftOut(samples: number | undefined, declared: Declared): string[] {
  const planned = totalOfSamples(samples, declared);
  const { leavesOut } = batchingOfRun(declared.training);
  if (!planned || !leavesOut || declared.total >= planned.value) return [];
  return [
    `the run counts ${declared.total} optimizer steps, but --samples ${samples} gives ${planned.value}: the trainer skips ${leavesOut}`,
  ];
}

/** The curve computed here and the one computed by the library in the rank must agree. */
function oraclesDisagree({ expected, samples = [], base_lrs, versions }: Declared): Found | undefined {
  if (!expected || base_lrs[0] !== expected.lr0) return undefined;
  const lr = libraryCurve(expected, versions);
  const bound = 1e-12 * Math.max(...samples.map(([, value]) => Math.abs(value)), 0);
  const wrong = samples.find(([step, value]) => !(Math.abs(lr(step) - value) <= bound));
  if (!wrong) return undefined;
  const [ours, theirs] = formatRates(lr(wrong[0]), wrong[1]);
  return {
    id: 'oracles-disagree',
    message: `rampcheck and the library compute different curves for ${expected.lib}:${expected.scheduler}: ${ours} against ${theirs} at optimizer step ${wrong[0]}`,
    inconclusive: true,
    fix: [
      'this is a fault of rampcheck, or a library version that it does not know: report it with this run folder',
    ],
  };
}

/** Lists the differences between DeepSpeed's scheduler of the same family and the requested one. */
function familyDifferences({ asked, expected, total, start }: Declared): string[] {
  if (expected?.lib !== 'deepspeed' || asked.lib !== 'transformers') return [];
  const wanted = libraryCurve(asked);
  const got = libraryCurve(expected);
  const peak = asked.lr0;
  const differ = (step: number) => Math.abs(wanted(step) - got(step)) > 1e-12 * peak;
  let first = start;
  while (first < total && !differ(first)) first++;
  if (first === total) return [];
  const late =
    first + 1 < total && Math.abs(got(first + 1) - wanted(first)) <= 1e-12 * peak ? ', one step late' : '';
  const warmup = (expected.params.warmup_type ?? 'log') === 'log' ? ', with a logarithmic warmup' : '';
  const [firstRates, lastRates] = [first, total - 1].map((step) =>
    formatRates(got(step), wanted(step)).join(' instead of '),
  );
  return [
    `DeepSpeed's ${expected.scheduler} replaces ${asked.scheduler}: the same family${late}${warmup}; first difference at ` +
      `optimizer step ${first} (${firstRates}), last value ${lastRates}`,
  ];
}

/** The requested schedule will run, but it is probably not intended. */
function peakNotReached({ asked, expected }: Declared): string[] {
  const long = longWarmup(expected ?? asked);
  return long
    ? [
        `the warmup of ${long.warmup} steps is longer than the run of ${long.total}: the learning rate rises until the end and never reaches its peak`,
      ]
    : [];
}

function unknownTotal({ total_known, source }: Declared): string[] {
  return total_known === false
    ? [`only the run knows its total number of optimizer steps; the ${source} does not state it`]
    : [];
}
