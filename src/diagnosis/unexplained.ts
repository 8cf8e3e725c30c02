import type { Diagnosis, Facts } from './diagnosis.ts';
import { difference, stepping, windowOf } from './words.ts';

/** No known failure mode fits: only the difference itself is reported. */
export function unexplained(facts: Facts): Diagnosis {
  const { step } = facts.violation.difference;
  return {
    id: 'unexplained',
    message: `the learning rate leaves the expected curve at optimizer step ${step}, and no known failure mode explains it`,
    ...difference(facts),
    evidence: [...stepping(facts), ...windowOf(facts)],
    fix: [
      'if the run is correct, state its schedule: --expect "transformers:cosine lr=1e-5 warmup=1% total=4000"',
    ],
  };
}
