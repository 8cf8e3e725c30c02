import { defineEngine } from '../engine.ts';
import { kubernetesOptions } from './options.ts';

/** Kubernetes: the run as objects of a cluster, which kubectl creates, follows and removes. */
export const kubernetes = defineEngine({
  name: 'kubernetes',
  title: 'Kubernetes',
  options: kubernetesOptions,
  instead: {
    login: '--context',
    partition: '--node-selector or --queue',
    time: 'nothing: a pod runs until it ends',
    account: '--queue',
    qos: '--priority-class',
    constraint: '--node-selector',
    reservation: '--node-selector',
    mem: '--resource memory=AMOUNT',
    cpusPerTask: '--resource cpu=N',
    sbatch: 'nothing: it is an option of sbatch',
    containerImage: '--image',
    apptainer: '--image',
    containerMounts: '--volume',
    containerWorkdir: '--workdir',
    requeueOn: '--max-restarts',
    warnBefore: 'nothing: a pod has no time limit',
  },
  submit: async (submission, options, submitter) =>
    (await import('./submit.ts')).submit(submission, options, submitter),
  refresh: async (path, _, env) => (await import('./refresh.ts')).refresh(path, env),
  stop: async (path, _, env) => (await import('./stop.ts')).stop(path, env),
});
