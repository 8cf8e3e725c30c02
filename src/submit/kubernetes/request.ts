import { flagOf } from '../../command/option.ts';
import { RampcheckError } from '../../errors.ts';
import type { BatchValues } from '../options.ts';
import {
  dataKey,
  label1035,
  label1123,
  labelValue,
  named,
  qualified,
  quantity,
  subdomain,
  variable,
} from './names.ts';
import { type KindName, type KubernetesValues, kubernetesOptions } from './options.ts';

/** A volume claim mounted in the pods. */
export interface Mount {
  claim: string;
  path: string;
  readOnly: boolean;
}

/** A secret that becomes an environment variable; its value is never read here. */
export interface SecretVariable {
  variable: string;
  secret: string;
  key: string;
}

export interface Toleration {
  key: string;
  value: string | undefined;
  effect: string | undefined;
}

/** The options as a request to the cluster; every name in it is valid in Kubernetes. */
export interface KubernetesRequest {
  kind: KindName;
  /** Undefined: derived from the script's name. */
  name: string | undefined;
  namespace: string | undefined;
  image: string;
  pullSecret: string | undefined;
  serviceAccount: string | undefined;
  /** The resource name of a rank's accelerator: nvidia.com/gpu. */
  gpuResource: string;
  gpusPerNode: number | undefined;
  rdma: [name: string, amount: string][];
  resources: [name: string, amount: string][];
  /** Limit of /dev/shm; undefined: the pod's memory. */
  shm: string | undefined;
  /** Kueue's local queue. */
  queue: string | undefined;
  priorityClass: string | undefined;
  nodeSelector: [key: string, value: string][];
  tolerations: Toleration[];
  volumes: Mount[];
  secrets: SecretVariable[];
  secretsFrom: string[];
  /** Folder in the container; undefined: the image's own. */
  workdir: string | undefined;
  /** Folder of the run in the first pod, on a volume that is kept; undefined: only in the pod. */
  runDir: string | undefined;
  python: string;
  hostNetwork: boolean;
  maxRestarts: number;
}

/** Options with a string value. */
type Texts = 'namespace' | 'imagePullSecret' | 'serviceAccount' | 'shm' | 'queue' | 'priorityClass';

/**
 * Converts the options of `submit --to kubernetes` to a request.
 *
 * @throws RampcheckError (exit 2) for every value that the cluster would refuse later.
 */
export function readRequest(options: BatchValues & KubernetesValues): KubernetesRequest {
  const check = (name: Texts, rule: Parameters<typeof named>[2]) => {
    const value = options[name];
    return value === undefined ? undefined : named(flagOf(name, kubernetesOptions[name]), value, rule);
  };
  const volumes = (options.volume ?? []).map(readMount);
  const runDir = options.podRunDir;
  if (runDir !== undefined && !volumes.some(({ path }) => runDir === path || runDir.startsWith(`${path}/`))) {
    throw new RampcheckError(
      'kubernetes-run-dir',
      `--pod-run-dir ${runDir} is not on a volume, so it is lost with its pod`,
      {
        hint: 'mount a volume there with --volume CLAIM:/path, or leave --pod-run-dir out: the verdict is read from the pod',
      },
    );
  }
  return {
    kind: options.kind,
    name: options.jobName === undefined ? undefined : named('--job-name', options.jobName, label1035),
    namespace: check('namespace', label1123),
    image: readImage(options.image),
    pullSecret: check('imagePullSecret', subdomain),
    serviceAccount: check('serviceAccount', subdomain),
    gpuResource: named('--gpu-resource', options.gpuResource, qualified),
    gpusPerNode: options.gpusPerNode,
    rdma: (options.rdma ?? []).map((word) => readAmount('--rdma', word)),
    resources: (options.resource ?? []).map((word) => readAmount('--resource', word)),
    shm: check('shm', quantity),
    queue: check('queue', label1123),
    priorityClass: check('priorityClass', subdomain),
    nodeSelector: (options.nodeSelector ?? []).map(readSelector),
    tolerations: (options.toleration ?? []).map(readToleration),
    volumes,
    secrets: (options.secretEnv ?? []).map(readSecretVariable),
    secretsFrom: (options.secretEnvFrom ?? []).map((name) => named('--secret-env-from', name, subdomain)),
    workdir: absolute('--workdir', options.workdir),
    runDir: absolute('--pod-run-dir', runDir),
    python: options.python,
    hostNetwork: options.hostNetwork === true,
    maxRestarts: options.maxRestarts,
  };
}

function readImage(image: string | undefined): string {
  if (image === undefined) {
    throw new RampcheckError('kubernetes-image', 'the container image is missing', {
      hint: 'give the image of your training: --image REGISTRY/NAME:TAG',
    });
  }
  if (/^[\w./:@-]+$/.test(image) && /^\w/.test(image)) return image;
  throw new RampcheckError('kubernetes-image', `'${image}' is not an image name`, {
    hint: 'write it as REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…',
  });
}

/** CLAIM:/path, CLAIM:/path:ro */
function readMount(word: string): Mount {
  const [, claim = '', path = '', mode] = /^([^:]+):([^:]+)(?::(ro|rw))?$/.exec(word) ?? [];
  if (!claim) throw badOption('--volume', 'CLAIM:/path or CLAIM:/path:ro', word);
  return {
    claim: named('--volume', claim, subdomain),
    path: absolute('--volume', path) ?? path,
    readOnly: mode === 'ro',
  };
}

/** NAME=SECRET/KEY */
function readSecretVariable(word: string): SecretVariable {
  const [, name = '', secret = '', key = ''] = /^([^=]+)=([^/]+)\/(.+)$/.exec(word) ?? [];
  // The part after = may be the secret itself, so it is not repeated.
  if (!name) throw badOption('--secret-env', 'VARIABLE=SECRET/KEY', `${word.split('=')[0]}=…`);
  return {
    variable: named('--secret-env', name, variable),
    secret: named("--secret-env's secret", secret, subdomain),
    key: named("--secret-env's key", key, dataKey),
  };
}

function readAmount(flag: string, word: string): [string, string] {
  const [, name = '', amount = ''] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  if (!name) throw badOption(flag, 'NAME=AMOUNT', word);
  return [named(flag, name, qualified), named(flag, amount, quantity)];
}

function readSelector(word: string): [string, string] {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(word) ?? [];
  if (!key) throw badOption('--node-selector', 'LABEL=VALUE', word);
  return [named('--node-selector', key, qualified), named('--node-selector', value, labelValue)];
}

/** KEY or KEY=VALUE, with :EFFECT for a single effect. */
function readToleration(word: string): Toleration {
  const [, key = '', value, effect] =
    /^([^=:]+)(?:=([^:]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$/.exec(word) ?? [];
  if (!key) throw badOption('--toleration', 'KEY[=VALUE][:NoSchedule|PreferNoSchedule|NoExecute]', word);
  return { key: named('--toleration', key, qualified), value, effect };
}

function absolute(flag: string, path: string | undefined): string | undefined {
  if (path === undefined || /^\/[^:]*$/.test(path)) return path;
  throw badOption(flag, 'an absolute path in the container', path);
}

function badOption(flag: string, form: string, word: string): RampcheckError {
  return new RampcheckError('bad-option', `${flag} needs ${form}, not '${word}'`);
}
