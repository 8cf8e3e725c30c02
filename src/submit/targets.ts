import type { Target } from './target.ts';

/** Every engine that `submit --to` knows, imported when it is used. Adding one is a file and a line here. */
export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  kubernetes: async () => (await import('./kubernetes/submit.ts')).kubernetes,
  slurm: async () => (await import('./slurm/submit.ts')).slurm,
};
