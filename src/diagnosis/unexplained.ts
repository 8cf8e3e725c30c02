import type { Diagnosis, Facts } from './diagnosis.ts';
import { curveWords, difference, stepping, windowOf } from './words.ts';

/** No known failure mode fits: the difference itself is reported, the ten steps around it, and both curves. */
export function unexplained(facts: Facts): Diagnosis {
  const { step } = facts.violation.difference;
  const given = facts.declared.source === '--expect' || facts.declared.asked.lib === 'expect';
  return {
    id: 'unexplained',
    message: `the learning rate leaves the expected curve at optimizer step ${step}, and no known failure mode explains it`,
    ...difference(facts),
    evidence: [...stepping(facts), ...windowOf(facts), ...curveWords(facts)],
    fix: given
      ? [
          `compare the schedule that the script builds with the one that --expect states, from step ${step} on`,
          `if the run is correct, correct what --expect states for step ${step} and after it`,
        ]
      : [
          'if the run is correct, state its schedule: --expect "transformers:cosine lr=1e-5 warmup=1% total=4000"',
        ],
  };
}
