import type { OptionDefinition } from '../../command/command.ts';
import { oneOf, repeated, wholeNumber } from '../../command/values.ts';

/** What `submit --to kubernetes` takes besides the options of every batch job. */
export const kubernetesOptions: readonly OptionDefinition[] = [
  {
    flags: '--kind <kind>',
    description: 'kubernetes: jobset (default), trainjob or pytorchjob',
    parse: oneOf('--kind', ['jobset', 'trainjob', 'pytorchjob']),
  },
  { flags: '--image <image>', description: 'kubernetes: the image that the training runs in' },
  { flags: '--namespace <name>', description: "kubernetes: namespace (default: kubectl's own)" },
  { flags: '--context <name>', description: "kubernetes: which of kubectl's clusters" },
  { flags: '--queue <name>', description: "kubernetes: Kueue's local queue" },
  { flags: '--workdir <dir>', description: "kubernetes: folder in the image (default: the image's own)" },
  {
    flags: '--volume <claim:/path>',
    description: 'kubernetes: mount a volume claim, with :ro at the end only to read; may be repeated',
    parse: repeated,
  },
  {
    flags: '--secret-env <V=SECRET/KEY>',
    description: "kubernetes: a variable from a Secret's key; may be repeated",
    parse: repeated,
  },
  {
    flags: '--secret-env-from <secret>',
    description: 'kubernetes: all keys of a Secret as variables; may be repeated',
    parse: repeated,
  },
  {
    flags: '--rdma <NAME=N>',
    description: 'kubernetes: RDMA devices of each node, as in rdma/ib=8; may be repeated',
    parse: repeated,
  },
  {
    flags: '--pod-run-dir <dir>',
    description: 'kubernetes: folder of the run in the first pod, on a --volume that outlives it',
  },
  { flags: '--shm <size>', description: "kubernetes: limit of /dev/shm (default: the pod's memory)" },
  {
    flags: '--resource <NAME=N>',
    description: 'kubernetes: a further limit of each node, as in memory=1500Gi; may be repeated',
    parse: repeated,
  },
  {
    flags: '--gpu-resource <name>',
    description: 'kubernetes: what an accelerator is called',
    default: 'nvidia.com/gpu',
  },
  {
    flags: '--node-selector <L=V>',
    description: 'kubernetes: a label that nodes must have; may be repeated',
    parse: repeated,
  },
  {
    flags: '--toleration <K[=V][:EFFECT]>',
    description: 'kubernetes: a taint that does not matter; may be repeated',
    parse: repeated,
  },
  { flags: '--priority-class <name>', description: 'kubernetes: priority class of the pods' },
  { flags: '--service-account <name>', description: 'kubernetes: service account of the pods' },
  {
    flags: '--image-pull-secret <name>',
    description: 'kubernetes: the Secret that the image is pulled with',
  },
  { flags: '--host-network', description: "kubernetes: use the nodes' own network" },
  {
    flags: '--max-restarts <n>',
    description: 'kubernetes: start again after failures other than a schedule violation (default: 0)',
    parse: wholeNumber('--max-restarts', 0),
  },
  { flags: '--detach', description: 'kubernetes: submit, and do not follow the run' },
  { flags: '--keep', description: 'kubernetes: leave the objects in the cluster when the run is over' },
];
