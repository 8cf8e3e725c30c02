import type { Batch } from '../run-folder/batch.ts';
import type { Target } from './target.ts';

/** Every engine that `submit --to` knows, imported when it is used. Adding one is a file and a line here. */
export const targets: Readonly<Record<Batch['engine'], () => Promise<Target>>> = {
  kubernetes: async () => (await import('./kubernetes/kubernetes.ts')).kubernetes,
  slurm: async () => (await import('./slurm/slurm.ts')).slurm,
};
