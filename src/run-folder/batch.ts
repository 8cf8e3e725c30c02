import { z } from 'zod';
import { readDocumentIfAny } from './document.ts';

const batch = z
  .object({
    engine: z.string(),
    /** The engine's name in messages. */
    title: z.string().optional(),
    /** The job's number in the engine; null until it is queued. */
    job: z.string().nullable(),
    phase: z.enum(['queued', 'running', 'over']),
    /** In the engine's own words: "PENDING, Resources". */
    words: z.string(),
    /** The login node on which Slurm's commands run. */
    login: z.string().optional(),
    /** True if the run's folder there is a copy: the job's files are then copied here when they are read. */
    copied: z.boolean().optional(),
  })
  .transform(({ title, ...rest }) => ({ ...rest, title: title ?? rest.engine }));

/** batch.json: the engine of a run, and its last known state. */
export type Batch = z.infer<typeof batch>;

export const BATCH = 'batch.json';

/**
 * Reads the engine of a run; undefined for a launched run.
 *
 * @throws RampcheckError `run-damaged` if engine and job are no longer known.
 */
export function batchOf(path: string): Batch | undefined {
  return readDocumentIfAny(path, BATCH, batch);
}
