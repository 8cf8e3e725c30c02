import type { Diagnosis, Facts } from './diagnosis.ts';
import { difference, stepping, windowOf } from './words.ts';

/** No known failure mode fits: the difference itself is all there is to say. */
export function unexplained(facts: Facts): Diagnosis {
  const { step } = facts.violation.difference;
  return {
    id: 'unexplained',
    message: `the learning rate leaves the expected curve at optimizer step ${step}, and no known failure mode explains it`,
    ...difference(facts),
    evidence: [...stepping(facts), ...windowOf(facts)],
    fix: [
      'if the run is right as it is, say what it should do: --expect "transformers:cosine lr=1e-5 warmup=1% total=4000"',
    ],
  };
}
