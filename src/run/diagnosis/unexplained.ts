import type { Diagnosis, Facts } from './diagnosis.ts';

/** No known failure mode fits: the difference itself is all there is to say. */
export function unexplained({ declared, violation }: Facts): Diagnosis {
  const { step, expected, actual } = violation.difference;
  const { class: scheduler, stepped_by } = declared.in_force;
  return {
    id: 'unexplained',
    message: `the learning rate leaves the expected curve at optimizer step ${step}, and no known failure mode explains it`,
    asked: `${declared.asked.scheduler}: ${expected} at optimizer step ${step}`,
    wouldRun: `${scheduler}, stepped by the ${stepped_by}: ${actual} at optimizer step ${step}`,
    evidence: violation.window.map(([at, wanted, got]) => ({
      text: `step ${at}: expected ${wanted}, got ${got}`,
    })),
    fix: [
      'if the run is right as it is, say what it should do: --expect "transformers:cosine lr=1e-5 warmup=1% total=4000"',
    ],
  };
}
