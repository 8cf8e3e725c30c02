import { BATCH, type Batch } from '../run-folder/batch.ts';
import type { RunDirectory } from '../run-folder/directory.ts';
import { recordRun } from '../run-folder/record.ts';
import type { Submission } from './engine.ts';

/** Stores what `status` and other commands need, before the run is queued. */
export function recordBatch(
  directory: RunDirectory,
  engine: Pick<Batch, 'engine' | 'title'>,
  { job, plan, judge, findings }: Pick<Submission, 'job' | 'plan' | 'judge' | 'findings'>,
): void {
  writeBatch(directory, { ...engine, job: null, phase: 'queued', words: '' });
  // The environment is in the bundle, which only its owner can read.
  recordRun(
    directory,
    { options: judge, findings: [...findings], way: {} },
    { ...job, environment: {} },
    plan,
  );
}

export function writeBatch(directory: Pick<RunDirectory, 'write'>, batch: Batch): void {
  directory.write(BATCH, batch);
}
