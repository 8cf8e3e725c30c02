import type { Job } from '../../job/job.ts';
import type { Plan } from '../../plan/plan.ts';

export interface Emission {
  job: Job;
  plan: Plan;
  /** The run's name, an RFC 1035 label of at most 40 characters. */
  run: string;
  /** Packed: `packBundle`. */
  bundle: Buffer;
  /** Folder of the run on the first node; undefined: rampcheck-runs/ in its home folder. */
  directory: string | undefined;
  /** The name of the accelerator: H100. */
  gpu: string;
  /** Container image, for forms that accept one. */
  image: string | undefined;
}

/** An emitted file. */
export interface Piece {
  file: string;
  text: string;
}

/** A form in which a plan is written for a cluster that rampcheck cannot reach. */
export interface Format {
  name: string;
  /** `named`: the names of the nodes are known. `later`: a system names them when the job starts. */
  nodes: 'named' | 'later';
  /** @throws RampcheckError if the form cannot contain the plan */
  pieces(emission: Emission): Piece[];
}
