import { sameFamily } from '../job/same-family.ts';
import { exactRate } from '../rate.ts';
import type { Facts, Mode } from './diagnosis.ts';
import { byDeepSpeed, configIsIntent, stepping } from './words.ts';

const id = 'deepspeed-scheduler-replaces';

/**
 * The DeepSpeed config's scheduler is in force instead of the requested one. transformers never compares the two
 * (transformers 5.23, integrations/deepspeed.py, deepspeed_optim_sched).
 */
export const deepspeedSchedulerReplaces: Mode = {
  id,
  title: "The DeepSpeed config's scheduler is in force instead of the requested one",
  thread: 'https://github.com/QwenLM/Qwen/issues/672',
  explain: (facts) => (isOther(facts) ? replaced(facts) : undefined),
};

/** The same for a scheduler of the requested family, with numbers that no more specific mode explains. */
export const deepspeedSchedulerDiffers: Mode = {
  ...deepspeedSchedulerReplaces,
  explain: (facts) => (byDeepSpeed(facts) && !configIsIntent(facts) ? replaced(facts) : undefined),
};

function isOther(facts: Facts): boolean {
  const { asked, deepspeed } = facts.declared;
  if (!byDeepSpeed(facts) || configIsIntent(facts) || asked.scheduler === deepspeed?.scheduler) return false;
  return sameFamily[asked.scheduler] !== deepspeed?.scheduler;
}

function replaced(facts: Facts): ReturnType<Mode['explain']> {
  const { deepspeed, asked } = facts.declared;
  if (!deepspeed) return undefined;
  const finding = facts.findings.find(({ rule }) => rule === id);
  const location = facts.job.deepspeed?.locate(['scheduler', 'type']);
  const where = location || !deepspeed.config ? '' : ` in ${deepspeed.config}`;
  return {
    message:
      asked.scheduler === deepspeed.scheduler
        ? `the DeepSpeed config's ${deepspeed.scheduler} has other numbers than the requested one`
        : `the DeepSpeed config's ${deepspeed.scheduler} silently replaces the requested ${asked.scheduler} schedule`,
    asked: finding?.asked ?? `${asked.scheduler}, peak ${exactRate(asked.lr0)}`,
    would_run: finding?.wouldRun ?? `${deepspeed.scheduler} ${JSON.stringify(deepspeed.scheduler_params)}`,
    evidence: [
      { ...(location ? { location } : {}), text: `"type": "${deepspeed.scheduler}"${where}` },
      ...stepping(facts),
    ],
    fix: (asked.scheduler === deepspeed.scheduler
      ? [
          `give the DeepSpeed config's ${deepspeed.scheduler} the numbers that are requested: ${JSON.stringify(asked.params)}`,
        ]
      : finding?.fix) ?? [
      `delete the "scheduler" block from the DeepSpeed config, so that the requested ${asked.scheduler} schedule is used`,
    ],
  };
}
