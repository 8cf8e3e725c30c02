import type { OwnSchedule } from './own-schedule.ts';

/**
 * LLaMA-Factory 0.9.5, train/trainer_utils.py (create_custom_scheduler): warmup_stable_decay has default lengths: a
 * third of the steps after the warmup is its plateau.
 */
export const llamafactorySchedule: OwnSchedule = (_, asked) => {
  if (asked.scheduler !== 'warmup_stable_decay') return undefined;
  const left = Number(asked.params.num_training_steps) - Number(asked.params.num_warmup_steps);
  const stable = Math.floor(left / 3);
  return { ...asked, params: { num_stable_steps: stable, num_decay_steps: left - stable, ...asked.params } };
};
