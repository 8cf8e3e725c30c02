import { RampcheckError } from '../errors.ts';
import { scheduleOf } from '../intent/index.ts';
import { mayHaveOthers, meantNames } from '../intent/schedule-names.ts';
import { versionsFor } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { standsIn } from '../job/same-family.ts';
import { blockSpec, type SchedulerBlock, schedulerBlock } from '../job/scheduler-block.ts';
import { exactRate } from '../rate.ts';
import { libraryCurve, runnableCurve } from '../schedule/index.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import type { StepCounts } from '../schedule/steps.ts';

/** The curve that the job asks for, as far as it is known before the run. */
export interface PlannedCurve {
  /** null when the schedule follows a metric: no curve exists beforehand. */
  spec: CurveSpec | null;
  /** Why there is none. */
  why: string | null;
  /** The arguments that the command states, as it states them. */
  stated: string[];
  /** What is assumed where the command is silent: the library's defaults. */
  assumed: string[];
  /** The total is not known: the curve is drawn over this many steps instead. */
  nominal: number | null;
  /** What the files would run instead, when that is another curve. */
  wouldRun: CurveSpec | null;
}

const NOMINAL_STEPS = 1000;

/**
 * The expected curve of a job (DESIGN rules 4 and 7): transformers' own, or DeepSpeed's of the same family when its numbers agree.
 *
 * @throws RampcheckError for a schedule that does not exist or that its library refuses.
 */
export function planCurve(job: Job, { total, warmup }: StepCounts): PlannedCurve {
  const { training, defaults } = job;
  const lr = training.learning_rate?.value ?? defaults.learning_rate;
  const type = training.lr_scheduler_type?.value ?? defaults.lr_scheduler_type;
  const share = training.warmup_ratio?.value ?? training.warmup_steps?.value ?? 0;
  const steps = warmup.value ?? Math.ceil(NOMINAL_STEPS * share);
  const nominal = total.value === null ? Math.max(NOMINAL_STEPS, 10 * steps) : null;
  const run = { lr, warmup: steps, total: total.value ?? nominal ?? NOMINAL_STEPS };
  const plain: CurveSpec = {
    lib: 'transformers',
    scheduler: type,
    params: {
      num_warmup_steps: run.warmup,
      num_training_steps: run.total,
      ...training.lr_scheduler_kwargs?.value,
    },
    lr0: lr,
  };
  const asked = scheduleOf(job, plain);
  const words = { ...provenance(job), nominal };
  const block = schedulerBlock(job);
  const instead = block && insteadOf(job, block, run);
  // The same family with the same numbers: what runs is what is expected.
  if (instead && block && asked === plain && standsIn(job, block))
    return { ...words, spec: instead, why: null, wouldRun: null };
  try {
    runnableCurve(asked, versionsFor(job));
  } catch (error) {
    if (!(error instanceof RampcheckError)) throw error;
    const why = error.code === 'not-predictable' ? error.message : unknownSchedule(job, type);
    if (why === undefined) throw error;
    return { ...words, spec: null, why, wouldRun: instead ?? null };
  }
  return { ...words, spec: asked, why: null, wouldRun: instead ?? null };
}

/** Why a schedule has no curve here that somebody else may well have; undefined where its name is a typing error, or transformers' own matter. */
function unknownSchedule(job: Job, type: string): string | undefined {
  if (!mayHaveOthers(job) || meantNames(job, type).length > 0) return undefined;
  return `only ${job.frontEnd ?? 'the script'} knows what its schedule ${type} does`;
}

/** The block's curve; undefined when DeepSpeed itself refuses the block, so that nothing would run. */
function insteadOf(
  job: Job,
  block: SchedulerBlock,
  run: { lr: number; warmup: number; total: number },
): CurveSpec | undefined {
  const spec = blockSpec(job, block, run);
  try {
    libraryCurve(spec, versionsFor(job));
    return spec;
  } catch (error) {
    if (error instanceof RampcheckError) return undefined;
    throw error;
  }
}

function provenance({ training, defaults }: Job): Pick<PlannedCurve, 'stated' | 'assumed'> {
  const fields = [
    'lr_scheduler_type',
    'lr_scheduler_kwargs',
    'learning_rate',
    'warmup_ratio',
    'warmup_steps',
  ] as const;
  const stated = fields.flatMap((field) => training[field]?.text ?? []);
  const assumed = [
    ...(training.lr_scheduler_type ? [] : [`lr_scheduler_type ${defaults.lr_scheduler_type}`]),
    ...(training.learning_rate ? [] : [`learning_rate ${exactRate(defaults.learning_rate)}`]),
    ...(training.warmup_ratio || training.warmup_steps ? [] : ['warmup_steps 0']),
    ...(training.per_device_train_batch_size
      ? []
      : [`per_device_train_batch_size ${defaults.per_device_train_batch_size}`]),
    ...(training.gradient_accumulation_steps
      ? []
      : [`gradient_accumulation_steps ${defaults.gradient_accumulation_steps}`]),
    ...(training.num_train_epochs || training.max_steps
      ? []
      : [`num_train_epochs ${defaults.num_train_epochs}`]),
  ];
  return { stated, assumed };
}
