import { environment } from '../../contract/contract.ts';
import type { Kind } from './kind.ts';
import type { Manifest } from './manifest.ts';
import { metadata } from './metadata.ts';
import { podTemplate } from './pod.ts';

/** PyTorchJob, kubeflow.org/v1, of the Training Operator, the predecessor of Kubeflow Trainer: a master and workers. */
export const pytorchJob: Kind = {
  name: 'pytorchjob',
  nodeName: (job, rank) => (rank === 0 ? `${job}-master-0` : `${job}-worker-${rank - 1}`),
  longestSuffix: (nodes) => (nodes > 1 ? `-worker-${nodes - 2}` : '-master-0'),
  resource: 'pytorchjobs.kubeflow.org',
  firstPod: { 'training.kubeflow.org/replica-type': 'master' },
  noRestarts:
    "a PyTorchJob restarts single pods, and a restarted pod cannot rejoin the other ranks' process group",
  manifests(plan, request, submission): Manifest[] {
    // The operator numbers the pods with RANK; an agent would take it for a rank's variable and remove it.
    const template = podTemplate(plan, request, submission, {
      container: 'pytorch',
      hosts: plan.nodes.map(({ rank }) => pytorchJob.nodeName(submission.name, rank)),
      before: ['env', `${environment.node_rank}=$(RANK)`],
    });
    const replicas = (count: number) => ({ replicas: count, restartPolicy: 'Never', template });
    const workers = plan.nodes.length - 1;
    return [
      {
        apiVersion: 'kubeflow.org/v1',
        kind: 'PyTorchJob',
        metadata: metadata(plan, request, submission.name, { queued: true }),
        spec: {
          runPolicy: { backoffLimit: 0, cleanPodPolicy: 'Running' },
          pytorchReplicaSpecs: {
            Master: replicas(1),
            ...(workers > 0 ? { Worker: replicas(workers) } : {}),
          },
        },
      },
    ];
  },
};
