import { deepspeedSchedulerReplaces } from './deepspeed-scheduler-replaces.ts';
import type { Diagnosis, Facts, Mode } from './diagnosis.ts';
import { neverLeaves } from './never-leaves.ts';
import { unexplained } from './unexplained.ts';

/** Failure modes, the most specific first. Adding one is a file and a line here. */
const modes: readonly Mode[] = [deepspeedSchedulerReplaces, neverLeaves];

/** The first failure mode that explains the facts; when none does, the diagnosis says so. */
export function diagnose(facts: Facts): Diagnosis {
  for (const mode of modes) {
    const diagnosis = mode(facts);
    if (diagnosis) return diagnosis;
  }
  return unexplained(facts);
}
