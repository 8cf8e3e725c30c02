import { groupRates } from '../job/group-rates.ts';
import type { Job } from '../job/job.ts';
import { asRecord } from '../job/scheduler-block.ts';
import type { PartialFinding, Repair, Rule } from './finding.ts';
import { configValue, inCommand, inConfig, trainerFills } from './read.ts';

const BLOCK = ['optimizer'] as const;

/**
 * transformers 5.23, integrations/deepspeed.py (deepspeed_optim_sched): with an optimizer in the config, `DummyOptim` is given
 * `model.parameters()`, and `create_optimizer`, which makes the groups, is never called. Measured on 5.23 and 4.57 with --weight_decay
 * 0.01: groups of 16 and 5 tensors with 0.01 and 0.0 become one of 21 with 0.01.
 */
export const deepspeedOptimizerDropsGroups: Rule = {
  id: 'deepspeed-optimizer-drops-groups',
  title: "An optimizer in the DeepSpeed config drops the Trainer's parameter groups",
  severity: 'warning',
  reads:
    "the DeepSpeed config's `optimizer`, `weight_decay`, rates of single groups, and whether the script makes groups of its own",
  why:
    'The Trainer makes two groups: weights, which are decayed, and norms and biases, which are not. With an "optimizer" block in the ' +
    'DeepSpeed config it hands over all parameters as one group instead: norms and biases are decayed too, and groups that the ' +
    "script makes with rates of their own are gone. Nothing warns. Without the block the Trainer's own AdamW is used, under ZeRO too, " +
    'and every group is kept.',
  fix: 'delete the "optimizer" block from the DeepSpeed config, if its values are "auto" or those of the command',
  check(job) {
    if (!trainerFills(job) || job.deepspeed?.value.optimizer === undefined) return [];
    const found: PartialFinding[] = [];
    const decay = decayOf(job);
    const rates = [
      ...groupRates(job.settings),
      ...job.settings.filter(({ name, value }) => name === 'loraplus_lr_ratio' && Number(value) > 0),
    ];
    const own = /^\s*def create_optimizer\b/m.test(job.scriptText ?? '');
    if (own || rates.length > 0) {
      found.push({
        message: own
          ? "the script's own create_optimizer is never called: the DeepSpeed config's optimizer gets all parameters as one group"
          : `${rates.map(({ text }) => text).join(' and ')} has no group to act on: the DeepSpeed config's optimizer gets all parameters as one`,
        evidence: [
          inConfig(job, [...BLOCK, 'type'], 'is built from all parameters at once'),
          ...rates.map((setting) => inCommand(setting, 'is a rate for some of the parameters')),
        ],
      });
    } else if (decay !== 0) {
      found.push({
        // Without a weight decay the two groups are the same but for their names.
        severity: decay === undefined ? 'note' : 'warning',
        message:
          decay === undefined
            ? "the DeepSpeed config's optimizer gets all parameters as one group: with a weight decay, norms and biases would be decayed too"
            : `the DeepSpeed config's optimizer gets all parameters as one group: norms and biases are decayed with ${decay} too`,
        asked: `weight decay ${decay ?? 'as the script sets it'}, and none for norms and biases`,
        wouldRun: `weight decay ${decay ?? 'as the script sets it'} for every parameter`,
        evidence: [
          inConfig(job, [...BLOCK, 'type'], "replaces the Trainer's optimizer and of its groups"),
          ...(job.training.weight_decay
            ? [inCommand(job.training.weight_decay, 'is meant for weights alone')]
            : []),
        ],
      });
    }
    return found.map((finding) => ({ ...finding, ...remedyOf(job) }));
  },
};

/** The weight decay that would be used; 0 where there is none, undefined where only the script says. */
function decayOf(job: Job): number | undefined {
  const value = asRecord(asRecord(configValue(job, BLOCK)).params).weight_decay;
  if (typeof value === 'number') return value;
  // DeepSpeed's optimizers have none by default.
  return value === 'auto' ? job.training.weight_decay?.value : 0;
}

function remedyOf(job: Job): { fix: string[]; repairs: Repair[] } {
  const { deepspeed } = job;
  const lines = deepspeed?.lines(BLOCK);
  const where = lines
    ? ` (${lines.first === lines.last ? `line ${lines.first}` : `lines ${lines.first}-${lines.last}`})`
    : '';
  const others = ownValues(job);
  const remove = `delete the "optimizer" block${where} from ${deepspeed?.path}: the Trainer's own optimizer is used then, with its groups`;
  if (others.length > 0)
    return {
      fix: [`${remove}; state its ${others.join(', ')} in the command, which would change otherwise`],
      repairs: [],
    };
  const file = deepspeed?.path;
  return {
    fix: [remove],
    // A config that stands in the command itself is no file to edit.
    repairs:
      file === undefined || file === '--deepspeed'
        ? []
        : [{ remedy: 'trainer', edits: [{ file, path: BLOCK }] }],
  };
}

/** What the block says beyond the command, and what would therefore change without it. */
function ownValues(job: Job): string[] {
  const { type, params } = asRecord(configValue(job, BLOCK));
  const { learning_rate, adam_beta1, adam_beta2, adam_epsilon, weight_decay } = job.training;
  const stated: Record<string, unknown> = {
    lr: learning_rate?.value,
    betas: adam_beta1 && adam_beta2 ? [adam_beta1.value, adam_beta2.value] : undefined,
    eps: adam_epsilon?.value,
    weight_decay: weight_decay?.value,
  };
  const values = Object.entries(asRecord(params)).filter(
    ([key, value]) => value !== 'auto' && JSON.stringify(value) !== JSON.stringify(stated[key]),
  );
  const kind = typeof type === 'string' && /^adamw?$/i.test(type) ? [] : ['type'];
  return [...kind, ...values.map(([key]) => key)];
}
