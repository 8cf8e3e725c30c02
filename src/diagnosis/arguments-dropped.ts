import type { Mode } from './diagnosis.ts';
import { difference, stepping } from './words.ts';

/** Arguments that all schedules share; all others belong to one schedule. */
const COMMON = new Set(['num_warmup_steps', 'num_training_steps', 'warmup_num_steps', 'total_num_steps']);

/** The requested schedule, built without its own arguments. */
export const argumentsDropped: Mode = {
  id: 'arguments-dropped',
  title: "The schedule's own arguments (cycles, power, floors, lengths) never reach the scheduler",
  thread: 'https://github.com/huggingface/transformers/issues/20552',
  explain(facts) {
    const { spec, explainedBy } = facts.curves;
    if (!spec) return undefined;
    const own = Object.keys(spec.params).filter((name) => !COMMON.has(name));
    const subsets = [own, ...own.map((name) => [name])].filter((names) => names.length > 0);
    const dropped = subsets.find((names) => {
      const params = Object.fromEntries(
        Object.entries(spec.params).filter(([name]) => !names.includes(name)),
      );
      return explainedBy({ ...spec, params });
    });
    if (!dropped) return undefined;
    return {
      message: `${dropped.map((name) => `${name}=${JSON.stringify(spec.params[name])}`).join(' and ')} never reached the ${spec.scheduler} scheduler: it runs with the defaults`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `pass ${dropped.join(' and ')} when the scheduler is built (lr_scheduler_kwargs of TrainingArguments, or the constructor)`,
      ],
    };
  },
};
