import { choice, flag, list, text, wholeNumber } from '../../command/kinds.ts';
import { option, type Values } from '../../command/option.ts';

/** Options of `submit --to kubernetes`, in addition to those of every batch job. */
export const kubernetesOptions = {
  kind: option(choice(['jobset', 'trainjob', 'pytorchjob'], 'kind'), 'jobset, trainjob or pytorchjob', {
    default: 'jobset',
  }),
  image: option(text('image'), 'container image of the training'),
  namespace: option(text('name'), "namespace (default: kubectl's own)"),
  context: option(text('name'), "kubectl's context, that is the cluster"),
  queue: option(text('name'), "Kueue's local queue"),
  workdir: option(text('dir'), "working folder in the image (default: the image's own)"),
  volume: option(list(text('claim:/path')), 'mount a volume claim, read-only with :ro; may be repeated'),
  secretEnv: option(list(text('V=SECRET/KEY')), "a variable from a Secret's key; may be repeated"),
  secretEnvFrom: option(list(text('secret')), 'all keys of a Secret as variables; may be repeated'),
  rdma: option(list(text('NAME=N')), 'RDMA devices of each node, such as rdma/ib=8; may be repeated'),
  podRunDir: option(text('dir'), 'folder of the run in the first pod, on a --volume that is kept'),
  shm: option(text('size'), "limit of /dev/shm (default: the pod's memory)"),
  resource: option(
    list(text('NAME=N')),
    'a further limit of each node, such as memory=1500Gi; may be repeated',
  ),
  gpuResource: option(text('name'), 'name of the accelerator resource', { default: 'nvidia.com/gpu' }),
  nodeSelector: option(list(text('L=V')), 'a label that nodes must have; may be repeated'),
  toleration: option(list(text('K[=V][:EFFECT]')), 'a taint to tolerate; may be repeated'),
  priorityClass: option(text('name'), 'priority class of the pods'),
  serviceAccount: option(text('name'), 'service account of the pods'),
  imagePullSecret: option(text('name'), 'the Secret for pulling the image'),
  hostNetwork: flag("use the nodes' own network"),
  maxRestarts: option(wholeNumber(0), 'restarts after failures other than a schedule violation', {
    default: 0,
  }),
  detach: flag('submit without following the run'),
  keep: flag('keep the objects in the cluster after the run'),
};

export type KubernetesValues = Values<typeof kubernetesOptions>;
export type KindName = KubernetesValues['kind'];
