/** An object of the cluster, as in its YAML. */
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

/** The parts of a run besides the plan, the same for every kind of object. */
export interface Submission {
  /** The name of the job, with which the names of its objects start. */
  name: string;
  /** The bundle that every pod starts (src/submit/bundle.ts), without the token. */
  bundle: Buffer;
  /** The token with which the nodes authenticate; it is stored as a Secret. */
  token: string;
}

/** The label that selects everything of a run. */
export const RUN_LABEL = 'rampcheck/run';
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'rampcheck' };

/** Removes undefined values, empty lists and empty maps from an object. */
export function compact<T extends object>(fields: T): T {
  const empty = (value: unknown) =>
    value === undefined ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value))) as T;
}
