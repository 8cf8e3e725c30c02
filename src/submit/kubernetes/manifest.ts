/** One object of the cluster, as its YAML says it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface Metadata {
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** What a run consists of, besides the plan: decided once, the same for every kind of object. */
export interface Submission {
  /** Name of the job, and beginning of the names of whatever belongs to it. */
  name: string;
  /** The bundle that every pod starts (src/submit/bundle.ts), without the token. */
  bundle: Buffer;
  /** What the nodes prove to each other; it travels as a Secret. */
  token: string;
}

/** The label by which everything of a run is found. */
export const RUN_LABEL = 'rampcheck/run';
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'rampcheck' };

/** An object without what is not said: no undefined, no empty list or map. */
export function compact<T extends object>(fields: T): T {
  const empty = (value: unknown) =>
    value === undefined ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value))) as T;
}
