import { RampcheckError } from '../../errors.ts';
import type { Job } from '../../job/job.ts';
import { assertNoSecrets } from '../secrets.ts';
import { kinds } from './kinds.ts';
import { label1035, makeName, named } from './names.ts';
import type { KubernetesRequest } from './request.ts';

/** A ConfigMap holds at most this much (bytes). */
const CONFIG_MAP_BYTES = 1_048_576;

/**
 * Refuses what the cluster would refuse or run wrongly, before anything is sent to it.
 *
 * @throws RampcheckError (exit 2)
 */
export function assertPossible(job: Job, request: KubernetesRequest): void {
  const [first] = job.nodes;
  const ranks = first?.slots.length ?? 0;
  const other = job.nodes.find(({ slots }) => slots.length !== ranks);
  if (other) {
    throw new RampcheckError(
      'kubernetes-uneven',
      `the nodes of a Kubernetes job are all alike, and here one has ${ranks} ranks and another ${other.slots.length}`,
      { hint: 'give every host of the hostfile the same number of slots' },
    );
  }
  if (request.gpusPerNode !== undefined && request.gpusPerNode !== ranks) {
    throw new RampcheckError(
      'gpus-differ',
      `--gpus-per-node ${request.gpusPerNode} and ${ranks} ranks per node do not fit: each rank takes one`,
      { hint: `--gpus-per-node ${ranks}, or ${request.gpusPerNode} ranks per node in the command` },
    );
  }
  const { noRestarts } = kinds[request.kind];
  if (request.maxRestarts > 0 && noRestarts !== undefined) {
    throw new RampcheckError('kubernetes-restarts', `--max-restarts: ${noRestarts}`, {
      hint: 'take --kind jobset or --kind trainjob',
    });
  }
  assertNoSecrets(
    job,
    (variable) => `keep it in a Secret of the cluster, and name that: --secret-env ${variable}=SECRET/KEY`,
  );
}

/**
 * The job's name: the one asked for, or one made of the script's. It leaves room for what the controllers append, since every
 * pod's host name is an RFC 1035 label too.
 */
export function jobName(job: Job, request: KubernetesRequest, suffix: string): string {
  const most = label1035.most - kinds[request.kind].longestSuffix(job.nodes.length).length;
  if (request.name !== undefined) return named('--job-name', request.name, label1035, most);
  const script = job.command.script.target.split('/').at(-1)?.replace(/\.py$/, '') ?? '';
  const stem = makeName(script, most - suffix.length - 1) || 'run';
  return `${stem}-${suffix}`;
}

/** @throws RampcheckError `bundle-too-large` */
export function assertFits(bundle: Buffer): void {
  const size = Math.ceil(bundle.length / 3) * 4;
  if (size <= CONFIG_MAP_BYTES) return;
  throw new RampcheckError(
    'bundle-too-large',
    `the bundle has ${size.toLocaleString('en-US')} bytes, and a ConfigMap takes ${CONFIG_MAP_BYTES.toLocaleString('en-US')}`,
    {
      hint: 'shorten the curve given with --expect @file: one value per step of a long run is what fills it',
    },
  );
}
