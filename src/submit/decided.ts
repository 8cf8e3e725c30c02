import type { Judge } from '../run/react.ts';

/** Contradictions that the coordinator of a batch job finds by itself (src/node/rampcheck_node/machine.py). */
const DECIDES = ['argument-not-used'];

/**
 * The judge as far as a coordinator has it: on nodes there are no formulas of rampcheck's own, so that what they would say against a
 * rank's curve or total comes late, as a warning.
 */
export function asDecided(judge: Judge): Judge {
  const found = (declared: Parameters<Judge['contradiction']>[0]) => judge.contradiction(declared);
  return {
    ...judge,
    contradiction: (declared) => {
      const contradiction = found(declared);
      return contradiction && DECIDES.includes(contradiction.id) ? contradiction : undefined;
    },
    warnings: (declared) => {
      const late = found(declared);
      return [...judge.warnings(declared), ...(late && !DECIDES.includes(late.id) ? [late.message] : [])];
    },
  };
}
