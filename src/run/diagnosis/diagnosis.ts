import type { Finding } from '../../checks/finding.ts';
import type { Location } from '../../errors.ts';
import type { Job } from '../../job/job.ts';
import type { Declared, Violation } from '../run.ts';

/** The failure mode that explains a mismatch (DESIGN: "diagnosis"). */
export interface Diagnosis {
  id: string;
  /** One sentence: the cause. */
  message: string;
  asked?: string;
  wouldRun?: string;
  evidence: { location?: Location; text: string }[];
  /** Remedies, each to be followed as it stands. */
  fix: string[];
  thread?: string;
}

/** Everything that a failure mode may be recognised by. */
export interface Facts {
  job: Job;
  declared: Declared;
  violation: Violation;
  /** What the static rules say of this job. */
  findings: readonly Finding[];
}

/** One failure mode: a diagnosis when it explains the facts, undefined when it does not. */
export type Mode = (facts: Facts) => Diagnosis | undefined;
