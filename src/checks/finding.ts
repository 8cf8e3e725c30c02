import type { Location } from '../errors.ts';
import type { FileEdit } from '../files/file-edit.ts';
import type { Job } from '../job/job.ts';

/** A piece of what was read that proves a finding. */
export interface Evidence {
  location?: Location;
  /** The text as it was read, e.g. `"type": "WarmupLR"`. */
  text: string;
  /** What it means, e.g. "replaces the trainer's scheduler". */
  means: string;
  /** The whole line that contains it, for the excerpt under the message. */
  line?: string;
}

/**
 * `violation`: the learning rate would not follow the requested schedule. `error`: a library refuses to run this. `warning`: it runs,
 * but probably not as intended. `note`: worth knowing.
 */
export type Severity = 'violation' | 'error' | 'warning' | 'note';

/** From the worst to the mildest. */
export const severities = ['violation', 'error', 'warning', 'note'] as const satisfies readonly Severity[];

/** A remedy that is a mechanical edit of one file. */
export interface Repair {
  /** Its name for `rampcheck fix --remedy`; a finding's first repair is the default. */
  remedy: string;
  edits: FileEdit[];
}

/** One problem that `check` reports. */
export interface Finding {
  rule: string;
  severity: Severity;
  /** One sentence: what is wrong. */
  message: string;
  /** What the user asked for, and what would run instead. */
  asked?: string;
  wouldRun?: string;
  evidence: Evidence[];
  /** Remedies, each a complete instruction. */
  fix: string[];
  /** The same remedies as edits, where they are mechanical. */
  repairs?: Repair[];
  /** A public thread that reports the problem. */
  thread?: string;
  /** The run file's reason for accepting it. */
  suppressed?: string;
}

/** What a rule reports about one job; the rule's own fields fill in what is left out. */
export type PartialFinding = Partial<Omit<Finding, 'rule' | 'suppressed'>> & { message: string };

/** A static rule: a pure function of the job, and the page that explains it. */
export interface Rule {
  id: string;
  title: string;
  /** The worst severity that it reports. */
  severity: Severity;
  /** Which parts of the job it reads. */
  reads: string;
  /** Why it matters, with the mechanism. */
  why: string;
  fix: string;
  /** A public thread that reports the problem. */
  thread?: string;
  check(job: Job): PartialFinding[];
}
