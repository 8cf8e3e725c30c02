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

/** The curve that the job requests, as far as it is known before the run. */
export interface PlannedCurve {
  /** null if the schedule follows a metric: there is no curve before the run. */
  spec: CurveSpec | null;
  /** Why there is none. */
  why: string | null;
  /** The arguments as the command states them. */
  stated: string[];
  /** The library's defaults for what the command does not state. */
  assumed: string[];
  /** If the total is not known: the number of steps over which the curve is drawn instead. */
  nominal: number | null;
  /** The curve that the files would run instead, if it differs. */
  wouldRun: CurveSpec | null;
}

const NOMINAL_STEPS = 1000;

/**
 * The expected curve of a job: transformers' own, or DeepSpeed's of the same family if its numbers agree.
 *
 * @throws RampcheckError if the schedule does not exist or its library refuses it.
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
  // The same family with the same numbers: DeepSpeed's curve is the expected one.
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

/** Returns why rampcheck has no curve for a schedule of a script or front-end; undefined if its name is a typing error or one of transformers'. */
function unknownSchedule(job: Job, type: string): string | undefined {
  if (!mayHaveOthers(job) || meantNames(job, type).length > 0) return undefined;
  return `rampcheck does not know the schedule ${type} of ${job.frontEnd ?? 'the script'}`;
}

/** The block's curve; undefined if DeepSpeed itself refuses the block. */
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
