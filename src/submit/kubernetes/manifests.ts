import { stringify } from 'yaml';
import { files } from '../../contract/contract.ts';
import type { Plan } from '../../plan/plan.ts';
import { kinds } from './kinds.ts';
import type { Manifest, Submission } from './manifest.ts';
import { metadata } from './metadata.ts';
import { bundleName } from './pod.ts';
import type { KubernetesRequest } from './request.ts';

/**
 * All objects of a run in their order of creation: the bundle, the run's token, and last the one that starts the
 * pods, so that nothing starts if one of them is refused.
 */
export function manifests(plan: Plan, request: KubernetesRequest, submission: Submission): Manifest[] {
  const head = metadata(plan, request, bundleName(submission.name), { run: submission.name });
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: head,
      immutable: true,
      binaryData: { [files.archive]: submission.bundle.toString('base64') },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: head,
      immutable: true,
      type: 'Opaque',
      stringData: { token: submission.token },
    },
    ...kinds[request.kind].manifests(plan, request, submission),
  ];
}

/** The objects as one YAML text, as `kubectl apply -f -` reads it. */
export function toYaml(objects: readonly object[]): string {
  // Folded lines break when pasted, and anchors are hard to read.
  return objects
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}
