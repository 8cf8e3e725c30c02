import type { Job } from '../job/job.ts';
import { isSameFamily, type OtherNumber, otherNumbers, ownCycles } from '../job/same-family.ts';
import { optimizerLr, type SchedulerBlock, schedulerBlock } from '../job/scheduler-block.ts';
import { exactRate } from '../rate.ts';
import type { Evidence, PartialFinding, Rule, Severity } from './finding.ts';
import { inConfig } from './read.ts';
import { askedWords, percent, warmupTypeOf, wouldRunWords } from './schedule-words.ts';
import { schedulerRemedies, schedulerRepairs } from './scheduler-remedies.ts';

const id = 'deepspeed-scheduler-replaces';

/**
 * A scheduler in the DeepSpeed config silently replaces the Trainer's: transformers compares 13 values of the two
 * files, and the schedule is not among them (transformers 5.23, integrations/deepspeed.py, deepspeed_optim_sched).
 */
export const deepspeedSchedulerReplaces: Rule = {
  id,
  title: "The DeepSpeed config's scheduler silently replaces the requested one",
  severity: 'violation',
  reads:
    "the DeepSpeed config's `scheduler` block, against `lr_scheduler_type` and the numbers of the command",
  why:
    'When the DeepSpeed config has a `scheduler` block, the Trainer builds a placeholder and never reads `lr_scheduler_type`. ' +
    'transformers compares 13 values of the two, and the schedule is not among them: nothing warns, nothing fails, and the ' +
    'learning rate follows the JSON to the end. A cosine becomes a flat line (WarmupLR) or a linear decay (WarmupDecayLR). A ' +
    'block of the same family with the same numbers is only a warning, which lists the remaining differences.',
  fix: 'delete the "scheduler" block from the DeepSpeed config, or make it the same schedule (`rampcheck fix` writes both)',
  thread: 'https://github.com/QwenLM/Qwen/issues/672',
  check(job) {
    const block = schedulerBlock(job);
    const { lr_scheduler_type: type, deepspeed } = job.training;
    if (!block || !job.deepspeed) return [];
    // A script that drives DeepSpeed itself has no other scheduler that could be replaced.
    if (!type && deepspeed?.text.startsWith('--deepspeed_config')) return [];
    if (!type) return [finding(job, block, 'warning', undeclared(block), [])];
    const same = isSameFamily(job, block);
    const differing = same ? differingNumbers(job, block) : [];
    if (!same || differing.length > 0) {
      const message =
        differing.length > 0
          ? `the DeepSpeed config's ${block.type} silently replaces the ${type.value} schedule, with other numbers`
          : `the DeepSpeed config's ${block.type} silently replaces the requested ${type.value} schedule`;
      return [finding(job, block, 'violation', message, differing)];
    }
    const message = `the DeepSpeed config's ${block.type} replaces ${type.value}: the same family, but not the same values`;
    return [finding(job, block, 'warning', message, familyDifferences(job, block))];
  },
};

function undeclared({ type }: SchedulerBlock): string {
  return `the DeepSpeed config's ${type} will silently replace whatever schedule the script declares`;
}

function finding(
  job: Job,
  block: SchedulerBlock,
  severity: Severity,
  message: string,
  more: Evidence[],
): PartialFinding {
  const { training } = job;
  const type = training.lr_scheduler_type;
  return {
    severity,
    message,
    asked: askedWords(training),
    wouldRun: wouldRunWords(block, optimizerLr(job, training.learning_rate?.value)),
    evidence: [
      at(
        job,
        ['scheduler', 'type'],
        `"type": ${JSON.stringify(block.type)}`,
        "replaces the Trainer's scheduler",
      ),
      ...(type ? [{ text: type.text, means: 'is read by the Trainer and then never used' }] : []),
      ...more,
    ],
    fix: schedulerRemedies(job),
    repairs: schedulerRepairs(job),
  };
}

/** What differs from the requested schedule, although the family is the same. */
function differingNumbers(job: Job, block: SchedulerBlock): Evidence[] {
  const { lr_scheduler_kwargs: kwargs } = job.training;
  const found = otherNumbers(job, block).map((number) => differingNumber(job, block, number));
  if (ownCycles(job) && kwargs)
    found.push({ text: kwargs.text, means: 'WarmupCosineLR has half a wave only' });
  return found;
}

function differingNumber(job: Job, { type, params }: SchedulerBlock, number: OtherNumber): Evidence {
  const { of, inBlock, asked, from } = number;
  switch (of) {
    case 'peak': {
      const path =
        type === 'WarmupCosineLR' ? ['optimizer', 'params', 'lr'] : ['scheduler', 'params', 'warmup_max_lr'];
      const key = path.at(-1) ?? '';
      const [runs, wanted] = [exactRate(inBlock), exactRate(asked)];
      return job.deepspeed?.locate(path)
        ? at(job, path, `"${key}": ${inBlock}`, `the peak is ${runs}, not ${wanted}`)
        : at(job, ['scheduler'], `no "${key}"`, `the peak is DeepSpeed's default of ${runs}, not ${wanted}`);
    }
    case 'warmup': {
      const path = ['scheduler', 'params', 'warmup_num_steps'];
      return 'warmup_num_steps' in params
        ? at(job, path, `"warmup_num_steps": ${inBlock}`, `not the ${asked} steps of ${from}`)
        : at(
            job,
            ['scheduler'],
            'no "warmup_num_steps"',
            `the warmup takes DeepSpeed's default of ${inBlock} steps, not the ${asked} of ${from}`,
          );
    }
    case 'total': {
      const path = ['scheduler', 'params', 'total_num_steps'];
      return at(job, path, `"total_num_steps": ${inBlock}`, `not the ${asked} steps of the run (${from})`);
    }
  }
}

/** The remaining differences of DeepSpeed's schedule of the same family. It is one step late by construction. */
function familyDifferences(job: Job, { type, params }: SchedulerBlock): Evidence[] {
  const differences: Evidence[] = [];
  if (warmupTypeOf(params) === 'log') {
    const text =
      'warmup_type' in params ? `"warmup_type": ${JSON.stringify(params.warmup_type)}` : 'no "warmup_type"';
    const path = 'warmup_type' in params ? ['scheduler', 'params', 'warmup_type'] : ['scheduler'];
    differences.push(
      at(job, path, text, 'the warmup is logarithmic, not linear: half the peak after a few steps'),
    );
  }
  const late = 'every value comes one step late: optimizer steps 0 and 1 both use the starting value';
  differences.push({ text: type, means: late });
  if (typeof params.warmup_min_lr === 'number' && params.warmup_min_lr !== 0) {
    const path = ['scheduler', 'params', 'warmup_min_lr'];
    differences.push(
      at(job, path, `"warmup_min_lr": ${params.warmup_min_lr}`, 'the warmup does not start at 0'),
    );
  }
  if (type === 'WarmupCosineLR') {
    const floor = typeof params.cos_min_ratio === 'number' ? params.cos_min_ratio : 1e-4;
    if (floor !== 0)
      differences.push({ text: type, means: `the cosine ends at ${percent(floor)} of the peak, not at 0` });
  }
  if (type === 'WarmupDecayLR') {
    differences.push({ text: type, means: 'the last optimizer step is twice as far from 0' });
  }
  return differences;
}

/** Evidence in the DeepSpeed config, shown with the given text. */
function at(job: Job, path: readonly string[], text: string, means: string): Evidence {
  return inConfig(job, path, means, text);
}
