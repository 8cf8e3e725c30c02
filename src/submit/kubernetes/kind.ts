import type { Plan } from '../../plan/plan.ts';
import type { Manifest, Submission } from './manifest.ts';
import type { KindName } from './options.ts';
import type { KubernetesRequest } from './request.ts';

/** A kind of object that starts the pods of a run. */
export interface Kind {
  name: KindName;
  /** The host name under which the others reach a node's pod. */
  nodeName(job: string, rank: number): string;
  /** What the controllers append to the job's name for the longest name that they make, on `nodes` nodes. */
  longestSuffix(nodes: number): string;
  /** The objects themselves, the one that starts the pods last. */
  manifests(plan: Plan, request: KubernetesRequest, submission: Submission): Manifest[];
  /** What kubectl calls the object that starts the pods. */
  resource: string;
  /** Labels by which the pod of the first node is found. */
  firstPod: Record<string, string>;
  /** Why it cannot be restarted, where it cannot. */
  noRestarts?: string;
}
