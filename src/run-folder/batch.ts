import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** batch.json: the engine that has a run, and what was last heard from it. */
export interface Batch {
  engine: string;
  /** What people call it. */
  title: string;
  /** Its number there; null until it is queued. */
  job: string | null;
  phase: 'queued' | 'running' | 'over';
  /** In the engine's own words: "PENDING, Resources". */
  words: string;
  /** The login node through which Slurm is spoken to. */
  login?: string;
  /** The run's folder there is a copy: what the job writes is brought here when it is looked at. */
  copied?: boolean;
}

export const BATCH = 'batch.json';

/** The engine that has a run; undefined for one that was launched. */
export function batchOf(path: string): Batch | undefined {
  try {
    return JSON.parse(readFileSync(join(path, BATCH), 'utf8')) as Batch;
  } catch {
    return undefined;
  }
}
