import type { Diagnosis, Facts } from './diagnosis.ts';

/** Nothing steps the scheduler: what is used stays at one value where the expected curve moves. */
export function neverLeaves({ declared, violation }: Facts): Diagnosis | undefined {
  if (violation.by !== 'observation') return undefined;
  const start = declared.samples?.[0]?.[1];
  if (start === undefined || violation.difference.actual !== start) return undefined;
  const { class: scheduler, stepped_by } = declared.in_force;
  return {
    id: 'scheduler-not-stepped',
    message: `the learning rate stays at its first value: nothing steps the ${scheduler}`,
    asked: `${declared.asked.scheduler}: ${violation.difference.expected} at optimizer step ${violation.difference.step}`,
    wouldRun: `${start} at every optimizer step`,
    evidence: [
      { text: `the ${stepped_by} should step ${declared.in_force.module}.${scheduler} after every update` },
    ],
    fix: ['call the scheduler once after every optimizer step, or let the Trainer do both'],
  };
}
