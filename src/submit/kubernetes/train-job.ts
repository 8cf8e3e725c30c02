import { jobSetNode, jobSetSpec, jobSetSuffix } from './jobset.ts';
import type { Kind } from './kind.ts';
import type { Manifest } from './manifest.ts';
import { metadata } from './metadata.ts';

/**
 * TrainJob, trainer.kubeflow.org/v1alpha1, with its own TrainingRuntime: a TrainJob cannot exclude exit codes from retries, but its
 * runtime can. The runtime has no torch policy: that would add PET_ variables, which torchrun reads as options.
 */
export const trainJob: Kind = {
  name: 'trainjob',
  // The trainer creates a JobSet with the TrainJob's name.
  nodeName: jobSetNode,
  longestSuffix: jobSetSuffix,
  resource: 'trainjobs.trainer.kubeflow.org',
  firstPod: { 'batch.kubernetes.io/job-completion-index': '0' },
  manifests(plan, request, submission): Manifest[] {
    const { name } = submission;
    const numNodes = plan.nodes.length;
    return [
      {
        apiVersion: 'trainer.kubeflow.org/v1alpha1',
        kind: 'TrainingRuntime',
        metadata: metadata(plan, request, name),
        spec: {
          mlPolicy: { numNodes },
          template: {
            spec: jobSetSpec(plan, request, submission, {
              'trainer.kubeflow.org/trainjob-ancestor-step': 'trainer',
            }),
          },
        },
      },
      {
        apiVersion: 'trainer.kubeflow.org/v1alpha1',
        kind: 'TrainJob',
        metadata: metadata(plan, request, name, { queued: true }),
        spec: {
          runtimeRef: { apiGroup: 'trainer.kubeflow.org', kind: 'TrainingRuntime', name },
          trainer: { numNodes },
        },
      },
    ];
  },
};
