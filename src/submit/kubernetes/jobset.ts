import { exitCodes } from '../../contract/contract.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Kind } from './kind.ts';
import { compact, type Manifest, type Submission } from './manifest.ts';
import { metadata } from './metadata.ts';
import { podTemplate } from './pod.ts';
import type { KubernetesRequest } from './request.ts';

/** JobSet, jobset.x-k8s.io/v1alpha2: one indexed job with a pod per node. */
export const jobSet: Kind = {
  name: 'jobset',
  nodeName: jobSetNode,
  longestSuffix: jobSetSuffix,
  resource: 'jobsets.jobset.x-k8s.io',
  firstPod: { 'batch.kubernetes.io/job-completion-index': '0' },
  manifests: (plan, request, submission): Manifest[] => [
    {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: metadata(plan, request, submission.name, { queued: true }),
      spec: jobSetSpec(plan, request, submission),
    },
  ],
};

/** The name of a pod in JobSet's headless service. */
export function jobSetNode(job: string, rank: number): string {
  return `${job}-node-0-${rank}.${job}`;
}

/** The name of a pod ends in five random characters. */
export function jobSetSuffix(nodes: number): string {
  return `-node-0-${nodes - 1}-abcde`;
}

export interface JobSetSpec {
  failurePolicy: unknown;
  replicatedJobs: unknown[];
}

/**
 * A schedule violation ends the job for good, even if restarts are allowed: exit code 93 fails the job with the reason
 * PodFailurePolicy, and that reason fails the set. Any other failure uses one of the allowed restarts.
 */
export function jobSetSpec(
  plan: Plan,
  request: KubernetesRequest,
  submission: Submission,
  jobLabels: Record<string, string> = {},
): JobSetSpec {
  const hosts = plan.nodes.map(({ rank }) => jobSetNode(submission.name, rank));
  return {
    failurePolicy: {
      maxRestarts: request.maxRestarts,
      rules: [{ name: 'violation', action: 'FailJobSet', onJobFailureReasons: ['PodFailurePolicy'] }],
    },
    replicatedJobs: [
      {
        name: 'node',
        replicas: 1,
        template: compact({
          metadata: compact({ labels: jobLabels }),
          spec: {
            parallelism: plan.nodes.length,
            completions: plan.nodes.length,
            completionMode: 'Indexed',
            // A single restarted node cannot rejoin the process group: all nodes restart, or none.
            backoffLimit: 0,
            podFailurePolicy: {
              rules: [
                {
                  action: 'FailJob',
                  onExitCodes: {
                    containerName: 'node',
                    operator: 'In',
                    values: [exitCodes.schedule_violation],
                  },
                },
              ],
            },
            template: podTemplate(plan, request, submission, { container: 'node', hosts }),
          },
        }),
      },
    ],
  };
}
