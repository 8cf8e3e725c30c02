import type { Finding } from '../checks/finding.ts';
import type { Declared, Violation } from '../contract/rank-event.ts';
import type { Location } from '../errors.ts';
import type { Job } from '../job/job.ts';
import type { Curves } from './curves.ts';

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

/** What a rank and its run have to say of a mismatch. */
export interface Told {
  job: Job;
  declared: Declared;
  violation: Violation;
  /** What the static rules say of this job. */
  findings: readonly Finding[];
  /** The rank that saw it, when no other rank did although they had as much to see. */
  alone?: { rank: number; node: string; others: number };
}

/** Everything that a failure mode may be recognised by. */
export interface Facts extends Told {
  curves: Curves;
}

/** One failure mode. */
export interface Mode {
  id: string;
  /** What goes wrong, in a few words: its line in docs/diagnoses.md. */
  title: string;
  /** A diagnosis when it explains the facts, undefined when it does not. */
  explain(facts: Facts): Omit<Diagnosis, 'id'> | undefined;
  /** A public thread where it was met. */
  thread?: string;
}
