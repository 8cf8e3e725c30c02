import type { Declared } from '../contract/rank-event.ts';
import type { Expect } from '../contract/settings.ts';
import type { Job } from '../job/job.ts';
import { batchingOfRun } from '../job/trainer.ts';
import { formatRate } from '../rate.ts';
import { holdSteps } from '../schedule/hold.ts';
import { libraryCurve } from '../schedule/index.ts';
import { longWarmup } from '../schedule/sanity.ts';
import { countSteps } from '../schedule/steps.ts';
import type { Contradiction, Judge } from './react.ts';

export interface JudgeOptions {
  job: Job;
  /** Training samples, from --samples. */
  samples: number | undefined;
  holdSteps: number | 'auto';
  projection: boolean;
  onMismatch: 'abort' | 'warn';
  afterRelease: 'warn' | 'abort' | 'off';
  /** --expect, one per optimizer. */
  expect: readonly Expect[];
}

/** The judgements of `react`, from the job and from the curves computed here (DESIGN rule 4: the second oracle). */
export function makeJudge(options: JudgeOptions): Judge {
  return {
    contradiction: (declared) =>
      otherThanStated(options.job, declared) ??
      otherTotal(options.samples, declared) ??
      otherMaxSteps(options.job, declared) ??
      groupsMissing(options.expect, declared) ??
      oraclesDisagree(declared),
    disagreement,
    warnings: (declared) => [
      ...familyDifferences(declared),
      ...peakNotReached(declared),
      ...rowsLeftOut(options.samples, declared),
      ...unknownTotal(declared),
    ],
    hold: (declared, projection) => hold(options, declared, projection),
    projection: options.projection,
    optimizers: Math.max(1, options.expect.length),
    stopOnMismatch: options.onMismatch === 'abort',
    stopAfterRelease: options.afterRelease === 'abort',
  };
}

/** The command states one thing and the script trains with another: it does not use the argument. */
function otherThanStated({ training }: Job, { asked, source }: Declared): Contradiction | undefined {
  // --expect wins over what the command says; a loop without a Trainer gives the words a meaning of its own.
  if (source !== undefined && source !== 'TrainingArguments') return undefined;
  const pairs = [
    [training.lr_scheduler_type, asked.scheduler],
    [training.learning_rate, asked.lr0],
  ] as const;
  for (const [stated, used] of pairs) {
    if (stated && stated.value !== used) {
      return {
        id: 'argument-not-used',
        message: `the command says ${stated.text}, but the script trains with ${used}`,
        fix: [
          `let the script's TrainingArguments take the value of ${stated.text}, or change the command to what is meant`,
        ],
      };
    }
  }
  return undefined;
}

/** Two ranks that are asked for different curves: a config or an environment that differs on one node. */
function disagreement(one: Declared, other: Declared, [name, otherName]: [string, string]) {
  const words = ({ asked, total, start }: Declared): [string, unknown][] => [
    ['schedule', `${asked.lib}:${asked.scheduler}`],
    ['learning rate', asked.lr0],
    ...Object.entries(asked.params),
    ['total of optimizer steps', total],
    ['first optimizer step', start],
  ];
  const theirs = new Map(words(other));
  const differ = words(one).filter(
    ([key, value]) => JSON.stringify(theirs.get(key)) !== JSON.stringify(value),
  );
  if (differ.length === 0) return undefined;
  const [key, value] = differ[0] as [string, unknown];
  return {
    id: 'ranks-differ',
    message: `the ranks are asked for different schedules: ${key} is ${value} for ${name}, and ${theirs.get(key)} for ${otherName}`,
    fix: [
      `make the configs, arguments, data and environment of the nodes of ${name} and ${otherName} the same`,
    ],
  };
}

/** --samples and the arguments give one total, the run itself counts another. */
function otherTotal(samples: number | undefined, declared: Declared): Contradiction | undefined {
  const { total, training } = declared;
  const planned = totalOfSamples(samples, declared);
  if (planned === undefined || planned.value === total) return undefined;
  if (total < planned.value && batchingOfRun(training).leavesOut) return undefined;
  return {
    id: 'total-steps-differ',
    message: `the run counts ${total} optimizer steps, --samples ${samples} means ${planned.value}: the schedule would be ${total > planned.value ? 'too long' : 'too short'}`,
    fix: [
      `correct --samples, or find out why the data set is another size in the run (packing, filtering, a split): ${planned.from}`,
    ],
  };
}

/** The total that --samples and the run's own arguments make; undefined where only the run knows. */
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

/** Rows that the trainer leaves out make the run shorter than --samples says: its schedule is made for what is left. */
function rowsLeftOut(samples: number | undefined, declared: Declared): string[] {
  const planned = totalOfSamples(samples, declared);
  const { leavesOut } = batchingOfRun(declared.training);
  if (!planned || !leavesOut || declared.total >= planned.value) return [];
  return [
    `the run counts ${declared.total} optimizer steps, --samples ${samples} means ${planned.value}: the trainer leaves out ${leavesOut}`,
  ];
}

/** The command states how many steps, and the run counts others. */
function otherMaxSteps(
  { training: { max_steps } }: Job,
  { source, total }: Declared,
): Contradiction | undefined {
  if (source !== 'TrainingArguments' || !max_steps || max_steps.value <= 0 || max_steps.value === total)
    return undefined;
  return {
    id: 'total-steps-differ',
    message: `the command says ${max_steps.text}, but the run counts ${total} optimizer steps`,
    fix: [`let the script's TrainingArguments take the value of ${max_steps.text}`],
  };
}

/** --expect has a curve for each parameter group, and the optimizer has another number of groups. */
function groupsMissing(
  expects: readonly Expect[],
  { optimizer = 0, base_lrs }: Declared,
): Contradiction | undefined {
  const expect = expects[optimizer];
  if (!expect || !('groups' in expect) || expect.groups.length === base_lrs.length) return undefined;
  return {
    id: 'groups-missing',
    message: `--expect has curves for ${expect.groups.length} parameter groups, the optimizer has ${base_lrs.length}`,
    fix: [
      'look who builds the optimizer: a DeepSpeed "optimizer" block or a framework that makes its own drops the groups of the script',
      'give --expect one curve for each group that the optimizer really has',
    ],
  };
}

/** The same curve, computed here and by the library in the rank, must be the same numbers. */
function oraclesDisagree({
  expected,
  samples = [],
  base_lrs,
  versions,
}: Declared): Contradiction | undefined {
  if (!expected || base_lrs[0] !== expected.lr0) return undefined;
  const lr = libraryCurve(expected, versions);
  const bound = 1e-12 * Math.max(...samples.map(([, value]) => Math.abs(value)), 0);
  const wrong = samples.find(([step, value]) => !(Math.abs(lr(step) - value) <= bound));
  if (!wrong) return undefined;
  return {
    id: 'oracles-disagree',
    message: `rampcheck and the library compute different curves for ${expected.lib}:${expected.scheduler}: ${lr(wrong[0])} against ${wrong[1]} at optimizer step ${wrong[0]}`,
    inconclusive: true,
    fix: [
      'this is a fault of rampcheck or a library version it does not know: report it with this run folder',
    ],
  };
}

/** What DeepSpeed's scheduler of the same family does differently from the one that was asked for (DESIGN rule 7). */
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
  return [
    `DeepSpeed's ${expected.scheduler} stands in for ${asked.scheduler}: the same family${late}${warmup}; first difference at ` +
      `optimizer step ${first} (${formatRate(got(first))} instead of ${formatRate(wanted(first))}), last value ` +
      `${formatRate(got(total - 1))} instead of ${formatRate(wanted(total - 1))}`,
  ];
}

/** What was asked for will run, and it is rarely what was meant. */
function peakNotReached({ asked, expected }: Declared): string[] {
  const long = longWarmup(expected ?? asked);
  return long
    ? [
        `the warmup of ${long.warmup} steps is longer than the run of ${long.total}: the learning rate rises to the end and never reaches its peak`,
      ]
    : [];
}

function unknownTotal({ total_known, source }: Declared): string[] {
  return total_known === false
    ? [`the run alone knows its total of optimizer steps; the ${source} says nothing of it`]
    : [];
}

function hold(options: JudgeOptions, declared: Declared, projection: boolean): number {
  const { expected, total, start, training, asked } = declared;
  const left = total > 0 ? Math.max(1, total - start) : Number.POSITIVE_INFINITY;
  if (options.holdSteps !== 'auto') return Math.min(options.holdSteps, left);
  const lr =
    expected === null
      ? given(options.expect, declared)
      : expected && libraryCurve(expected, declared.versions);
  if (!lr) return Math.min(2, left);
  const span = Number.isFinite(left) ? left : UNKNOWN_TOTAL;
  const chosen = holdSteps((step) => lr(start + step), span, Number(asked.params.num_warmup_steps ?? 0), {
    projection,
    worldSize: Number(training.world_size),
    accumulation: Number(training.gradient_accumulation_steps),
  });
  return Math.min(chosen.steps, left);
}

/** Steps that are looked at for N where nobody knows the total. */
const UNKNOWN_TOTAL = 100_000;

/** The values of --expect; nothing is known past their end. */
function given(expect: readonly Expect[], { optimizer = 0 }: Declared) {
  const curve = expect[optimizer];
  const values = curve && ('lrs' in curve ? curve.lrs : curve.groups[0]);
  return values && ((step: number) => values[step] ?? Number.NaN);
}
