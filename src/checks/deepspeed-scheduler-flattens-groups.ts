import type { Job } from '../job/job.ts';
import { asRecord, type SchedulerBlock, schedulerBlock } from '../job/scheduler-block.ts';
import { exactRate } from '../rate.ts';
import type { Evidence, Repair, Rule } from './finding.ts';
import { atLeast, configValue, drivesDeepSpeed, inConfig, trainerFills } from './read.ts';

/** A learning rate that the optimizer block states for some of its groups, and the key that states it. */
interface StatedRate {
  key: string;
  rate: number;
}

/**
 * Where each schedule states the rate that it gives to every group, and what it takes where the key is missing: a number is
 * DeepSpeed's default; `groups`, each group's own rate (deepspeed 0.19.8, runtime/lr_schedules.py; torch 2.13, optim/lr_scheduler.py).
 */
const peaks: Readonly<Record<string, { key: string; missing: number | 'groups' | 'refused' }>> = {
  WarmupLR: { key: 'warmup_max_lr', missing: 'groups' },
  WarmupDecayLR: { key: 'warmup_max_lr', missing: 1e-3 },
  OneCycle: { key: 'cycle_max_lr', missing: 'refused' },
  LRRangeTest: { key: 'lr_range_test_min_lr', missing: 1e-3 },
  OneCycleLR: { key: 'max_lr', missing: 'refused' },
  CyclicLR: { key: 'max_lr', missing: 'refused' },
};

/** _format_param broadcasts a scalar to every group (deepspeed 0.19.8, runtime/lr_schedules.py). */
export const deepspeedSchedulerFlattensGroups: Rule = {
  id: 'deepspeed-scheduler-flattens-groups',
  title:
    "The DeepSpeed config's scheduler gives one rate to groups that its optimizer states at different ones",
  severity: 'violation',
  reads:
    'the rates of `optimizer.params` (`muon_lr`, `adam_lr`), and `warmup_max_lr`, `cycle_max_lr`, `max_lr` of the scheduler',
  why:
    'A scheduler that is given one number takes it as the peak of every parameter group and writes over the rates that the optimizer ' +
    'block states for each: with Muon, the Newton-Schulz half and the Adam half then run at the same rate, often a thousand times too ' +
    'high for one of them. DeepSpeed compares nothing. Schedules that scale each group by its own rate (WarmupCosineLR; WarmupLR ' +
    'without "warmup_max_lr" since 0.17.2) keep them.',
  fix: "state one rate for each group as a list, or leave the key out where the schedule then takes each group's own rate",
  check(job) {
    const block = schedulerBlock(job);
    const rates = statedRates(job);
    if (!block || new Set(rates.map(({ rate }) => rate)).size < 2 || scriptBringsItsOwn(job)) return [];
    const peak = scalarPeak(job, block);
    if (!peak) return [];
    const words = peak.value === null ? "the Trainer's learning rate" : exactRate(peak.value);
    return [
      {
        // A range test looks for the rate that a run should have: it means to sweep, and says so by its name.
        severity: block.type === 'LRRangeTest' ? 'warning' : 'violation',
        message: `the DeepSpeed config's ${block.type} sets every parameter group to ${words}, and its optimizer states ${rates.map(rateWords).join(' and ')}`,
        asked: rates.map(rateWords).join(', '),
        wouldRun: `${block.type}: every group peaks at ${words}`,
        evidence: [
          ...rates.map(({ key }) => inConfig(job, ['optimizer', 'params', key], 'is overwritten')),
          peak.evidence,
        ],
        fix: remediesOf(job, block, rates),
        repairs: repairsOf(job, block),
      },
    ];
  },
};

/** The rates of the optimizer's groups. Muon's two halves fall back to the shared `lr` (engine.py, _muon_half_defaults). */
function statedRates(job: Job): StatedRate[] {
  const params = asRecord(asRecord(configValue(job, ['optimizer'])).params);
  const rates = Object.entries(params).flatMap(([key, value]) => {
    const rate = key === 'lr' && value === 'auto' ? job.training.learning_rate?.value : value;
    return /^(lr|[a-z]\w*_lr)$/.test(key) && typeof rate === 'number' ? [{ key, rate }] : [];
  });
  const halves = ['muon_lr', 'adam_lr'].every((half) => rates.some(({ key }) => key === half));
  return halves ? rates.filter(({ key }) => key !== 'lr') : rates;
}

/** The one number that the scheduler gives to every group, null where the Trainer fills it in; undefined where each keeps its own. */
function scalarPeak(
  job: Job,
  { type, params }: SchedulerBlock,
): { value: number | null; evidence: Evidence } | undefined {
  const peak = peaks[type];
  if (!peak) return undefined;
  const value = params[peak.key];
  const path = ['scheduler', 'params', peak.key];
  const means = 'is given to every group';
  if (typeof value === 'number') return { value, evidence: inConfig(job, path, means) };
  if (value === 'auto' && trainerFills(job)) {
    return {
      value: job.training.learning_rate?.value ?? null,
      evidence: inConfig(job, path, 'is filled with one number, which every group is given'),
    };
  }
  if (value !== undefined) return undefined;
  const old = type === 'WarmupLR' && atLeast(job, 'deepspeed', '0.17.2') === false;
  const missing = old ? 1e-3 : peak.missing;
  if (typeof missing !== 'number') return undefined;
  return {
    value: missing,
    evidence: inConfig(
      job,
      ['scheduler'],
      `DeepSpeed's default of ${exactRate(missing)} is given to every group`,
      `no "${peak.key}"`,
    ),
  };
}

/** Whether the script hands DeepSpeed an optimizer or a scheduler: then the config's is not built. */
function scriptBringsItsOwn(job: Job): boolean {
  if (!drivesDeepSpeed(job)) return false;
  const call = /deepspeed\.initialize\(([^)]*)\)/.exec(job.scriptText ?? '')?.[1] ?? '';
  return /\b(lr_scheduler|optimizer)\s*=\s*(?!None\b)\w/.test(call);
}

function remediesOf(job: Job, { type }: SchedulerBlock, rates: readonly StatedRate[]): string[] {
  const key = peaks[type]?.key ?? '';
  const list = `[${rates.map(({ rate }) => exactRate(rate)).join(', ')}]`;
  const each = `state one rate for each group, in the order in which the optimizer has them: "${key}": ${list}`;
  if (type === 'WarmupLR' && atLeast(job, 'deepspeed', '0.17.2') !== false)
    return [`delete "${key}": WarmupLR then takes each group's own rate (DeepSpeed 0.17.2 and later)`, each];
  return [each, 'use WarmupCosineLR, which scales every group by its own rate'];
}

/** Without its key, WarmupLR takes every group's own rate; what else is to be done is not mechanical. */
function repairsOf(job: Job, { type, params }: SchedulerBlock): Repair[] {
  const { deepspeed, training } = job;
  if (type !== 'WarmupLR' || !('warmup_max_lr' in params) || training.lr_scheduler_type) return [];
  if (!deepspeed || deepspeed.path === '--deepspeed' || atLeast(job, 'deepspeed', '0.17.2') === false)
    return [];
  return [
    { remedy: 'groups', edits: [{ file: deepspeed.path, path: ['scheduler', 'params', 'warmup_max_lr'] }] },
  ];
}

function rateWords({ key, rate }: StatedRate): string {
  return `${key} ${exactRate(rate)}`;
}
