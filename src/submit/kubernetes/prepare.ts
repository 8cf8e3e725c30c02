import { RampcheckError } from '../../errors.ts';
import type { Job } from '../../job/job.ts';
import { plural } from '../../plural.ts';
import { assertNoSecrets } from '../secrets.ts';
import { kinds } from './kinds.ts';
import { label1035, makeName, named } from './names.ts';
import type { KubernetesRequest } from './request.ts';

/** The maximum size of a ConfigMap (bytes). */
const CONFIG_MAP_BYTES = 1_048_576;

/**
 * Refuses what the cluster would refuse or run incorrectly, before anything is sent.
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
      `all nodes of a Kubernetes job must be equal, but here one has ${plural(ranks, 'rank')} and another ${other.slots.length}`,
      { hint: 'give every host of the hostfile the same number of slots' },
    );
  }
  if (request.gpusPerNode !== undefined && request.gpusPerNode !== ranks) {
    throw new RampcheckError(
      'gpus-differ',
      `--gpus-per-node ${request.gpusPerNode} does not match ${plural(ranks, 'rank')} per node: each rank needs one GPU`,
      {
        hint: `use --gpus-per-node ${ranks}, or ${plural(request.gpusPerNode, 'rank')} per node in the command`,
      },
    );
  }
  const { noRestarts } = kinds[request.kind];
  if (request.maxRestarts > 0 && noRestarts !== undefined) {
    throw new RampcheckError('kubernetes-restarts', `--max-restarts: ${noRestarts}`, {
      hint: 'use --kind jobset or --kind trainjob',
    });
  }
  assertNoSecrets(
    job,
    (variable) => `store it in a Secret of the cluster and use --secret-env ${variable}=SECRET/KEY`,
  );
}

/**
 * The job's name: the requested one, or one derived from the script's name. It leaves room for what the controllers append, because every
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
    `the bundle has ${size.toLocaleString('en-US')} bytes, but a ConfigMap can hold only ${CONFIG_MAP_BYTES.toLocaleString('en-US')}`,
    {
      hint: 'shorten the curve given with --expect @file: one value per step of a long run takes most of the space',
    },
  );
}
