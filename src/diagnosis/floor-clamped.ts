import type { Mode } from './diagnosis.ts';
import { changesTo, namesIn } from './parameters.ts';
import { difference, stepping } from './words.ts';

/** The decay aims at 0 and is cut off at the minimum, instead of ending at the minimum. */
export const floorClamped: Mode = {
  id: 'floor-clamped',
  title: 'The decay aims at 0 and is cut off at the minimum, instead of ending at it: the tail is flat',
  thread: 'https://github.com/EleutherAI/gpt-neox/pull/1008',
  explain(facts) {
    const { spec, peak, explains, vary } = facts.curves;
    const [name] = spec ? namesIn(spec, 'floor') : [];
    if (!spec || name === undefined) return undefined;
    const given = Number(spec.params[name]);
    const floor = /rate|ratio|factor/.test(name) ? given * peak : given;
    const bare = vary(spec)(changesTo(spec, { floor: 0 }));
    const warmup = Number(spec.params.num_warmup_steps ?? spec.params.warmup_num_steps ?? 0);
    if (!explains((step) => (step < warmup ? bare(step) : Math.max(floor, bare(step))))) return undefined;
    return {
      message: `the decay aims at 0 and is cut off at ${name} ${given}: it is too steep, and flat at the end`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `make the decay end at the minimum: use minimum + (peak - minimum) * shape instead of max(minimum, peak * shape)`,
      ],
    };
  },
};
