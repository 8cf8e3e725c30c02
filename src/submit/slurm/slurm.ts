import type { Target } from '../target.ts';

/** Slurm: a run's folder with the bundle and a script, and the script given to sbatch. */
export const slurm: Target = {
  name: 'slurm',
  submit: async (submission, options, submitter) =>
    (await import('./submit.ts')).submit([submission], options, submitter),
  submitArray: async (submissions, options, submitter) =>
    (await import('./submit.ts')).submit(submissions, options, submitter),
  refresh: async (path, batch, env) => (await import('./refresh.ts')).refresh(path, batch, env),
  stop: async (path, batch, env) => (await import('./stop.ts')).stop(path, batch, env),
};
