import type { Location } from '../errors.ts';
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

/** One thing `check` says (DESIGN: "finding"). */
export interface Finding {
  rule: string;
  severity: 'violation' | 'warning' | 'note';
  /** One sentence: what is wrong. */
  message: string;
  /** What the user asked for, and what would run instead. */
  asked?: string;
  wouldRun?: string;
  evidence: Evidence[];
  /** Remedies, each an instruction that can be followed as it stands. */
  fix: string[];
  /** A public thread where it was met. */
  thread?: string;
}

/** A static rule: a pure function of the job. */
export interface Rule {
  id: string;
  title: string;
  check(job: Job): Finding[];
}
