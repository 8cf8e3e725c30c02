import type { Diagnosis, Facts } from './diagnosis.ts';

export const id = 'deepspeed-scheduler-replaces';

/**
 * The DeepSpeed config's scheduler is in force instead of the requested one. transformers never compares the two
 * (transformers 5.23, integrations/deepspeed.py, deepspeed_optim_sched).
 */
export function deepspeedSchedulerReplaces({ job, declared, findings }: Facts): Diagnosis | undefined {
  const { deepspeed, in_force, asked } = declared;
  if (!deepspeed?.scheduler || !in_force.module.startsWith('deepspeed.')) return undefined;
  const finding = findings.find(({ rule }) => rule === id);
  const location = job.deepspeed?.locate(['scheduler', 'type']);
  const where = location ? { location } : {};
  return {
    id,
    message: `the DeepSpeed config's ${deepspeed.scheduler} silently replaces the ${asked.scheduler} schedule that was asked for`,
    asked: finding?.asked ?? `${asked.scheduler}, peak ${asked.lr0}`,
    wouldRun: finding?.wouldRun ?? `${deepspeed.scheduler} ${JSON.stringify(deepspeed.scheduler_params)}`,
    evidence: [
      {
        ...where,
        text: `"type": "${deepspeed.scheduler}"${location || !deepspeed.config ? '' : ` in ${deepspeed.config}`}`,
      },
      {
        text: `in force in the rank: ${in_force.module}.${in_force.class}, stepped by the ${in_force.stepped_by}`,
      },
    ],
    fix: finding?.fix ?? [
      `delete the "scheduler" block from the DeepSpeed config, so that transformers' own ${asked.scheduler} is used`,
    ],
    thread: finding?.thread ?? 'https://github.com/QwenLM/Qwen/issues/672',
  };
}
