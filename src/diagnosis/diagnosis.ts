import type { Finding } from '../checks/finding.ts';
import type { Declared, Violation } from '../contract/rank-event.ts';
import type { Location } from '../errors.ts';
import type { Job } from '../job/job.ts';
import type { Curves } from './curves.ts';

/** The failure mode that explains a mismatch. */
export interface Diagnosis {
  id: string;
  /** One sentence: the cause. */
  message: string;
  asked?: string;
  would_run?: string;
  evidence: { location?: Location; text: string }[];
  /** Remedies, each a complete instruction. */
  fix: string[];
  thread?: string;
}

/** What a rank and its run know about a mismatch. */
export interface Told {
  job: Job;
  declared: Declared;
  violation: Violation;
  /** The findings of the static rules about this job. */
  findings: readonly Finding[];
  /** The rank that saw it, if no other rank did although they had the same data to compare. */
  alone?: { rank: number; node: string; others: number };
}

/** Everything by which a failure mode can be recognised. */
export interface Facts extends Told {
  curves: Curves;
}

/** One failure mode. */
export interface Mode {
  id: string;
  /** What goes wrong, in one line: its title in docs/diagnoses.md. */
  title: string;
  /** Returns a diagnosis if this mode explains the facts, undefined if not. */
  explain(facts: Facts): Omit<Diagnosis, 'id'> | undefined;
  /** A public thread that reports it. */
  thread?: string;
}
