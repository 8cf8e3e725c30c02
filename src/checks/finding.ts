import type { Location } from '../errors.ts';
import type { FileEdit } from '../files/file-edit.ts';
import type { Job } from '../job/job.ts';

/** One thing that was read and that proves a finding. */
export interface Evidence {
  location?: Location;
  /** What stands there, e.g. `"type": "WarmupLR"`. */
  text: string;
  /** What it means, e.g. "replaces the trainer's scheduler". */
  means: string;
  /** The whole line that it stands in, for the excerpt under the message. */
  line?: string;
}

/**
 * `violation`: the learning rate would not be the one asked for. `error`: a library refuses to run this. `warning`: it runs, and
 * probably not as meant. `note`: worth knowing.
 */
export type Severity = 'violation' | 'error' | 'warning' | 'note';

/** The worst first. */
export const severities: readonly Severity[] = ['violation', 'error', 'warning', 'note'];

/** A remedy that is a mechanical edit of one file. */
export interface Repair {
  /** What `rampcheck fix --remedy` calls it; a finding's first repair is the usual one. */
  remedy: string;
  edits: FileEdit[];
}

/** One thing `check` says (DESIGN: "finding"). */
export interface Finding {
  rule: string;
  severity: Severity;
  /** One sentence: what is wrong. */
  message: string;
  /** What the user asked for, and what would run instead. */
  asked?: string;
  wouldRun?: string;
  evidence: Evidence[];
  /** Remedies, each an instruction that can be followed as it stands. */
  fix: string[];
  /** The same remedies as edits, where they are mechanical. */
  repairs?: Repair[];
  /** A public thread where it was met. */
  thread?: string;
  /** The reason that the run file gives for not minding it. */
  suppressed?: string;
}

/** What a rule says of one job: its own page fills in what is left out. */
export type Said = Partial<Omit<Finding, 'rule' | 'suppressed'>> & { message: string };

/** A static rule: a pure function of the job, and the page that explains it. */
export interface Rule {
  id: string;
  title: string;
  /** The worst that it says. */
  severity: Severity;
  /** What is read. */
  reads: string;
  /** Why it matters, with the mechanism. */
  why: string;
  fix: string;
  /** A public thread where it was met. */
  thread?: string;
  check(job: Job): Said[];
}
