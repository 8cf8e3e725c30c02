import { z } from 'zod';
import { readDocument } from '../../run-folder/document.ts';
import type { Kind } from './kind.ts';
import { kinds } from './kinds.ts';
import { type Kubectl, makeKubectl } from './kubectl.ts';
import { RUN_LABEL } from './manifest.ts';
import type { KindName } from './options.ts';

const place = z.object({
  kind: z.enum(Object.keys(kinds) as KindName[]),
  name: z.string(),
  namespace: z.string().optional(),
  context: z.string().optional(),
});

/** kubernetes.json: the location of a run in the cluster, for later commands. */
export type Place = z.infer<typeof place>;

export const PLACE = 'kubernetes.json';

export function readPlace(path: string): Place {
  return readDocument(path, PLACE, place);
}

export function kubectlOf(place: Place, env: Readonly<Record<string, string | undefined>>): Kubectl {
  return makeKubectl({ context: place.context, namespace: place.namespace, env });
}

export function kindOf({ kind }: Place): Kind {
  return kinds[kind];
}

/** The label selector of the first node's pods. */
export function firstPodOf(place: Place): string {
  return Object.entries({ [RUN_LABEL]: place.name, ...kindOf(place).firstPod })
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}

/** The kubectl arguments that remove a run, as far as its objects exist. */
export function removal(place: Place): string[] {
  const own = kindOf(place).resource;
  const resources = [
    own,
    ...(place.kind === 'trainjob' ? ['trainingruntimes'] : []),
    'configmaps',
    'secrets',
  ];
  return ['delete', resources.join(','), '--selector', `${RUN_LABEL}=${place.name}`];
}
