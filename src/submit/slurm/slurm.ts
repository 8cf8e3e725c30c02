import { defineEngine } from '../engine.ts';
import { slurmOptions } from './options.ts';

/** Slurm: a run's folder with the bundle and a script, which is passed to sbatch. */
export const slurm = defineEngine({
  name: 'slurm',
  title: 'Slurm',
  options: slurmOptions,
  instead: {
    image: '--container-image (pyxis) or --apptainer',
    namespace: '--partition or --account',
    context: '--login',
    queue: '--partition',
    workdir: '--container-workdir',
    volume: '--container-mounts',
    secretEnv: "nothing: set it in the environment of the nodes' own shell",
    secretEnvFrom: "nothing: set it in the environment of the nodes' own shell",
    rdma: '--sbatch gres=NAME:N',
    podRunDir: '--run-dir',
    resource: '--mem and --cpus-per-task, or --sbatch gres=NAME:N',
    gpuResource: '--sbatch gres=NAME:N',
    nodeSelector: '--constraint',
    toleration: '--constraint or --reservation',
    priorityClass: '--qos',
    hostNetwork: "nothing: a Slurm job uses its nodes' own network",
    maxRestarts: '--requeue-on node-lost',
    detach: 'nothing: submit returns when the job is queued, and rampcheck attach follows it',
    keep: 'nothing: Slurm keeps no objects of a job',
  },
  submit: async (submission, options, submitter) =>
    (await import('./submit.ts')).submit([submission], options, submitter),
  submitArray: async (submissions, options, submitter) =>
    (await import('./submit.ts')).submit(submissions, options, submitter),
  refresh: async (path, batch, env) => (await import('./refresh.ts')).refresh(path, batch, env),
  stop: async (path, batch, env) => (await import('./stop.ts')).stop(path, batch, env),
});
