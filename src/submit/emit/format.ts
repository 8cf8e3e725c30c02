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
  /** What an accelerator is called: H100. */
  gpu: string;
  /** Container image, for those that take one. */
  image: string | undefined;
}

/** One file of what is emitted. */
export interface Piece {
  file: string;
  text: string;
}

/** A form in which a plan leaves for a cluster that rampcheck does not reach. */
export interface Format {
  name: string;
  /** `named`: the nodes are known by name now. `later`: a system names them when the job starts. */
  nodes: 'named' | 'later';
  /** @throws RampcheckError where the form cannot hold the plan */
  pieces(emission: Emission): Piece[];
}
