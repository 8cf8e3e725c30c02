import { RampcheckError } from '../../errors.ts';
import type { Job } from '../../job/job.ts';
import { makeRedactor } from '../../redact.ts';
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
      'gpus-per-node',
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
  assertNoSecrets(job);
}

/**
 * The job's name: the one asked for, or one made of the script's. It leaves room for what the controllers append, since every
 * pod's host name is an RFC 1035 label too.
 */
export function jobName(job: Job, request: KubernetesRequest, suffix: string): string {
  const most = label1035.most - kinds[request.kind].longestSuffix(job.nodes.length).length;
  if (request.name !== undefined) return named('--name', request.name, label1035, most);
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

/** Secrets in a manifest are read by everybody who may read the job, and stay in what the cluster keeps of it. */
function assertNoSecrets({ command, env }: Job): void {
  const redact = makeRedactor(env, command.argv);
  const variable = Object.entries(env).find(([, value]) => redact(value) !== value)?.[0];
  const at = command.argv.findIndex((word) => redact(word) !== word);
  if (variable === undefined && at < 0) return;
  const word = command.argv[at] ?? '';
  const option = word.startsWith('-') ? word.split('=')[0] : command.argv[at - 1];
  throw new RampcheckError(
    'secret-inline',
    `${variable ?? option} holds a secret, which everybody would read who may read the job`,
    {
      hint: `keep it in a Secret of the cluster, and name that: --secret-env ${variable ?? 'VARIABLE'}=SECRET/KEY${variable ? '' : '; most libraries read their token from the environment'}`,
    },
  );
}
