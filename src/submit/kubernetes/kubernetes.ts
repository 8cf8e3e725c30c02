import type { Target } from '../target.ts';

/** Kubernetes: the run as objects of a cluster, made, followed and removed by kubectl. */
export const kubernetes: Target = {
  name: 'kubernetes',
  submit: async (submission, options, submitter) =>
    (await import('./submit.ts')).submit(submission, options, submitter),
  refresh: async (path, _, env) => (await import('./refresh.ts')).refresh(path, env),
  stop: async (path, _, env) => (await import('./stop.ts')).stop(path, env),
};
