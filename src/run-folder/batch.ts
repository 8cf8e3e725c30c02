import { z } from 'zod';
import { readDocumentIfAny } from './document.ts';

const batch = z
  .object({
    engine: z.string(),
    /** What people call it. */
    title: z.string().optional(),
    /** Its number there; null until it is queued. */
    job: z.string().nullable(),
    phase: z.enum(['queued', 'running', 'over']),
    /** In the engine's own words: "PENDING, Resources". */
    words: z.string(),
    /** The login node through which Slurm is spoken to. */
    login: z.string().optional(),
    /** The run's folder there is a copy: what the job writes is brought here when it is looked at. */
    copied: z.boolean().optional(),
  })
  .transform(({ title, ...rest }) => ({ ...rest, title: title ?? rest.engine }));

/** batch.json: the engine that has a run, and what was last heard from it. */
export type Batch = z.infer<typeof batch>;

export const BATCH = 'batch.json';

/**
 * The engine that has a run; undefined for one that was launched.
 *
 * @throws RampcheckError `run-damaged` when it is not known any more which engine and job.
 */
export function batchOf(path: string): Batch | undefined {
  return readDocumentIfAny(path, BATCH, batch);
}
