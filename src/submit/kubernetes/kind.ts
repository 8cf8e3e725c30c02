import type { Plan } from '../../plan/plan.ts';
import type { Manifest, Submission } from './manifest.ts';
import type { KindName } from './options.ts';
import type { KubernetesRequest } from './request.ts';

/** A kind of object that starts the pods of a run. */
export interface Kind {
  name: KindName;
  /** The host name under which other nodes reach a pod. */
  nodeName(job: string, rank: number): string;
  /** The longest suffix that the controllers append to the job's name, for `nodes` nodes. */
  longestSuffix(nodes: number): string;
  /** The objects; the one that starts the pods comes last. */
  manifests(plan: Plan, request: KubernetesRequest, submission: Submission): Manifest[];
  /** kubectl's name for the kind of object that starts the pods. */
  resource: string;
  /** Labels that select the pod of the first node. */
  firstPod: Record<string, string>;
  /** Why it cannot be restarted; undefined if it can. */
  noRestarts?: string;
}
