import type { Mode } from './diagnosis.ts';
import { argument, changesTo } from './parameters.ts';
import { difference, inForce, stepping } from './words.ts';

/** The warmup was given for the total and the total for the warmup. */
export const swappedLengths: Mode = {
  id: 'swapped-lengths',
  title: 'Warmup and total are swapped: the learning rate rises over the whole run',
  explain(facts) {
    const { spec, explains, vary, differing } = facts.curves;
    const [warmup, total] = [spec && argument(spec, 'warmup'), spec && argument(spec, 'total')];
    if (!spec || !warmup || !total || warmup === total || differing < 2) return undefined;
    // The Trainer hands both over by name.
    if (/Trainer/.test(inForce(facts).stepped_by)) return undefined;
    if (!explains(vary(spec)(changesTo(spec, { warmup: total, total: warmup })))) return undefined;
    return {
      message: `the schedule warms up for ${total} steps of a total of ${warmup}: num_warmup_steps and num_training_steps are swapped`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [`pass both by name: num_warmup_steps=${warmup}, num_training_steps=${total}`],
    };
  },
};
