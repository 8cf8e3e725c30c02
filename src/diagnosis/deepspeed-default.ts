import { exactRate } from '../rate.ts';
import type { Mode } from './diagnosis.ts';
import { byDeepSpeed, configIsIntent, difference, inConfig, stepping } from './words.ts';

/** DeepSpeed's default for a parameter that a block does not set (deepspeed 0.19.8, runtime/lr_schedules.py). */
const defaults: Readonly<Record<string, string>> = {
  warmup_max_lr: 'a peak of 1e-3, whatever the optimizer uses',
  warmup_num_steps: 'a warmup of 1000 steps',
};

/** A parameter is missing in the DeepSpeed config, so DeepSpeed uses its own default. */
export const deepspeedDefault: Mode = {
  id: 'deepspeed-default',
  title:
    'A parameter is missing in the DeepSpeed scheduler block, and DeepSpeed uses its default (peak 1e-3, 1000 steps of warmup)',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/7303',
  explain(facts) {
    const { deepspeed, asked } = facts.declared;
    if (!byDeepSpeed(facts) || configIsIntent(facts) || !deepspeed?.scheduler) return undefined;
    const params = deepspeed.scheduler_params ?? {};
    const actual = { lib: 'deepspeed', scheduler: deepspeed.scheduler, params, lr0: asked.lr0 };
    if (!facts.curves.explainedBy(actual)) return undefined;
    const missing = Object.keys(defaults).filter(
      (name) => !(name in params) && (name === 'warmup_num_steps' || deepspeed.scheduler === 'WarmupDecayLR'),
    );
    // The cause is the parameter that removes the difference once it has the right value.
    const [cause] = missing.filter(
      (name) => !facts.curves.explainedBy({ ...actual, params: { ...params, [name]: rightValue(name) } }),
    );
    if (!cause) return undefined;
    return {
      message: `the DeepSpeed config's ${deepspeed.scheduler} has no ${cause}: DeepSpeed uses its own default, ${defaults[cause]}`,
      ...difference(facts),
      evidence: [{ ...inConfig(facts, ['scheduler', 'params']), text: `no "${cause}"` }, ...stepping(facts)],
      fix: [
        `add "${cause}": "auto" to the scheduler's "params": transformers fills in ${cause === 'warmup_max_lr' ? exactRate(asked.lr0) : 'the warmup of the arguments'}`,
        'delete the "scheduler" block: the schedule of the arguments is then used',
      ],
    };

    function rightValue(name: string): unknown {
      return name === 'warmup_max_lr'
        ? asked.lr0
        : (asked.params.num_warmup_steps ?? asked.params.warmup_num_steps ?? 0);
    }
  },
};
