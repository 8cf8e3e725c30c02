import type { Plan } from '../../plan/plan.ts';
import { compact, MANAGED_BY, type Metadata, RUN_LABEL } from './manifest.ts';
import type { KubernetesRequest } from './request.ts';

/** The metadata of an object of a run. `queued`: this is the object that Kueue admits. */
export function metadata(
  plan: Plan,
  { namespace, queue }: KubernetesRequest,
  name: string,
  { run = name, queued = false }: { run?: string; queued?: boolean } = {},
): Metadata {
  return compact({
    name,
    namespace,
    labels: compact({
      ...MANAGED_BY,
      [RUN_LABEL]: run,
      'kueue.x-k8s.io/queue-name': queued ? queue : undefined,
    }) as Record<string, string>,
    annotations: { 'rampcheck/plan': `sha256:${plan.hash}` },
  }) as Metadata;
}
