import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from './kind.ts';
import { kinds } from './kinds.ts';
import { type Kubectl, makeKubectl } from './kubectl.ts';
import { RUN_LABEL } from './manifest.ts';
import type { KindName } from './options.ts';

/** kubernetes.json: where a run is, for whoever asks later. */
export interface Place {
  kind: KindName;
  name: string;
  namespace: string | undefined;
  context: string | undefined;
}

export const PLACE = 'kubernetes.json';

export function readPlace(path: string): Place {
  return JSON.parse(readFileSync(join(path, PLACE), 'utf8')) as Place;
}

export function kubectlOf(place: Place, env: Readonly<Record<string, string | undefined>>): Kubectl {
  return makeKubectl({ ...place, env });
}

export function kindOf({ kind }: Place): Kind {
  return kinds[kind];
}

/** The first node's pods, as a label selector. */
export function firstPodOf(place: Place): string {
  return Object.entries({ [RUN_LABEL]: place.name, ...kindOf(place).firstPod })
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}

/** Words of kubectl that remove a run, whatever of it is there. */
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
