import type { Job } from '../job/job.ts';
import type { CurveSpec } from '../schedule/schedule.ts';
import type { OwnSchedule } from './own-schedule.ts';

/**
 * axolotl 0.19.0, core/trainers/mixins/scheduler.py (create_scheduler): the same questions in the same order, as front_ends.py in the
 * rank asks them.
 */
export const axolotlSchedule: OwnSchedule = (job, asked) => {
  const { lr0, params } = asked;
  const lengths = {
    num_warmup_steps: Number(params.num_warmup_steps),
    num_training_steps: Number(params.num_training_steps),
  };
  const [warmup, total] = [lengths.num_warmup_steps, lengths.num_training_steps];
  // rex and one_cycle are cosine to transformers (core/builders/base.py, _configure_scheduler).
  const alternate = ['rex', 'one_cycle'].includes(asked.scheduler);
  const cosine = alternate || asked.scheduler === 'cosine';
  const ratio = numberIn(job, 'cosine_min_lr_ratio');
  const floor = cosine ? ratio : undefined;
  const constant = numberIn(job, 'cosine_constant_lr_ratio');
  const spec = (lib: string, scheduler: string, own: Record<string, unknown>): CurveSpec => ({
    lib,
    scheduler,
    params: own,
    lr0,
  });
  let made: CurveSpec | undefined;
  if (asked.scheduler === 'one_cycle') {
    const rise = { max_lr: lr0, total_steps: total, pct_start: warmup / total, anneal_strategy: 'cos' };
    made = spec('torch', 'OneCycleLR', { ...rise, ...job.training.lr_scheduler_kwargs?.value });
  } else if (asked.scheduler === 'rex') {
    const bounds = { max_lr: lr0, min_lr: floor === undefined ? 0 : lr0 * floor };
    made = spec('axolotl', 'RexLR', { ...bounds, total_steps: total, num_warmup_steps: warmup });
  } else if (cosine && valueIn(job, 'lr_quadratic_warmup') === true) {
    made = spec('axolotl', 'get_cosine_schedule_with_quadratic_warmup', lengths);
  } else if (floor && constant) {
    const own = { min_lr_ratio: floor, constant_lr_ratio: constant };
    made = spec('axolotl', 'get_cosine_schedule_with_warmup_decay_constant', { ...lengths, ...own });
  } else if (floor) {
    made = spec('axolotl', 'get_cosine_schedule_with_min_lr', { ...lengths, min_lr_ratio: floor });
  }
  const restarts = numberIn(job, 'jagged_restart_steps');
  if (!restarts) return made;
  const { lib, scheduler, params: own } = made ?? asked;
  return spec('axolotl', 'JaggedLRRestartScheduler', {
    inner: { lib, scheduler, params: own },
    jagged_restart_steps: restarts,
    jagged_restart_warmup_steps: numberIn(job, 'jagged_restart_warmup_steps') || 10,
    jagged_restart_anneal_steps: numberIn(job, 'jagged_restart_anneal_steps') || 1,
    min_lr_scale: ratio || 0.001,
  });
};

function valueIn({ settings }: Pick<Job, 'settings'>, name: string): unknown {
  const value = settings.findLast((setting) => setting.name === name)?.value;
  return typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value;
}

/** The number of a setting; undefined if it has none, or if it is a string in the file. */
function numberIn(job: Pick<Job, 'settings'>, name: string): number | undefined {
  const value = valueIn(job, name);
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
