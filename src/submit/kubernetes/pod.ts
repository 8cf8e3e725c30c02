import { environment, files } from '../../contract/contract.ts';
import type { Plan } from '../../plan/plan.ts';
import { compact, MANAGED_BY, RUN_LABEL, type Submission } from './manifest.ts';
import type { KubernetesRequest } from './request.ts';

/** The folder of the bundle in every pod, and of the run if no volume is given for it. */
const FOLDER = '/run/rampcheck';
const RUN = '/run/rampcheck-run';
/** How long a pod waits for the others (seconds): images are large, and nodes may have to be provisioned first. */
export const CONNECT_SECONDS = 3600;

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

export interface Container {
  name: string;
  image: string;
  command: string[];
  env: EnvVar[];
  [field: string]: unknown;
}

export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: Container[]; [field: string]: unknown };
}

export interface PodOptions {
  /** Host names of the pods, by node rank. */
  hosts: string[];
  /** The container's name that the kind of object requires. */
  container: string;
  /** Arguments before the command that pass the rank to the pod, if its environment does not contain it. */
  before?: string[];
}

/** The pod of a node. It is the same for all nodes: each finds its rank, and with it its command. */
export function podTemplate(
  plan: Plan,
  request: KubernetesRequest,
  submission: Submission,
  { container, hosts, before = [] }: PodOptions,
): PodTemplate {
  const { name } = submission;
  return {
    metadata: { labels: { ...MANAGED_BY, [RUN_LABEL]: name } },
    spec: compact({
      restartPolicy: 'Never',
      serviceAccountName: request.serviceAccount,
      priorityClassName: request.priorityClass,
      imagePullSecrets: request.pullSecret === undefined ? [] : [{ name: request.pullSecret }],
      nodeSelector: Object.fromEntries(request.nodeSelector),
      tolerations: request.tolerations.map(({ key, value, effect }) =>
        compact({ key, operator: value === undefined ? 'Exists' : 'Equal', value, effect }),
      ),
      hostNetwork: request.hostNetwork || undefined,
      dnsPolicy: request.hostNetwork ? 'ClusterFirstWithHostNet' : undefined,
      containers: [
        compact({
          name: container,
          image: request.image,
          command: [...before, request.python, '-I', `${FOLDER}/${files.archive}`, 'node'],
          workingDir: request.workdir,
          env: variables(hosts, request, name),
          envFrom: request.secretsFrom.map((secret) => ({ secretRef: { name: secret } })),
          resources: { limits: limits(plan, request) },
          // RDMA pins the memory from which it sends.
          securityContext: request.rdma.length ? { capabilities: { add: ['IPC_LOCK'] } } : undefined,
          // Makes `kubectl describe pod` show the last lines of a failed node, which on the first node is the verdict.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [
            { name: 'rampcheck', mountPath: FOLDER, readOnly: true },
            { name: 'run', mountPath: RUN },
            { name: 'shm', mountPath: '/dev/shm' },
            ...request.volumes.map(({ path, readOnly }, index) =>
              compact({ name: `volume-${index}`, mountPath: path, readOnly: readOnly || undefined }),
            ),
          ],
        }),
      ],
      volumes: [
        { name: 'rampcheck', configMap: { name: bundleName(name) } },
        { name: 'run', emptyDir: {} },
        { name: 'shm', emptyDir: compact({ medium: 'Memory', sizeLimit: request.shm }) },
        ...request.volumes.map(({ claim, readOnly }, index) => ({
          name: `volume-${index}`,
          persistentVolumeClaim: compact({ claimName: claim, readOnly: readOnly || undefined }),
        })),
      ],
    }),
  };
}

/** Name of the ConfigMap with the archive, and of the Secret with the run's token. */
export function bundleName(name: string): string {
  return `${name}-rampcheck`;
}

function variables(hosts: readonly string[], request: KubernetesRequest, name: string): EnvVar[] {
  return [
    { name: environment.nodes, value: hosts.join(',') },
    { name: environment.run_dir, value: request.runDir ?? `${RUN}/${name}` },
    { name: environment.connect_seconds, value: String(CONNECT_SECONDS) },
    {
      name: environment.token,
      valueFrom: { secretKeyRef: { name: bundleName(name), key: 'token' } },
    },
    ...request.secrets.map(({ variable, secret, key }) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ];
}

function limits(plan: Plan, request: KubernetesRequest): Record<string, string> {
  const slots = String(plan.nodes[0]?.slots.length ?? 0);
  return Object.fromEntries([[request.gpuResource, slots], ...request.rdma, ...request.resources]);
}
