import { join } from 'node:path';
import { RampcheckError } from '../errors.ts';
import type { Verdict } from '../run/verdict.ts';
import { BATCH, type Batch, batchOf } from '../run-folder/batch.ts';
import { readVerdict } from '../run-folder/verdict-document.ts';
import { writeByRename } from '../write-by-rename.ts';
import type { Environment, QueuedBatch, Standing } from './engine.ts';
import { engineNamed } from './engines.ts';
import { isSettled, settle } from './settle.ts';

/**
 * Asks the engine for the state of a batch run and stores it in the run's folder; after the end also the verdict
 * with its diagnosis. If the engine does not answer, nothing changes.
 */
export async function refreshBatch(path: string, env: Environment): Promise<Batch | undefined> {
  const batch = batchOf(path);
  if (!batch || !isQueued(batch) || (batch.phase === 'over' && isSettled(path))) return batch;
  try {
    return keep(path, batch, await engineNamed(batch.engine).refresh(path, batch, env));
  } catch (error) {
    if (error instanceof RampcheckError) return batch;
    throw error;
  }
}

/**
 * Ends a batch run and returns when its job has ended. `already`: it had already ended.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with the engine's own message.
 */
export async function stopBatch(
  path: string,
  env: Environment,
): Promise<{ verdict: Verdict | undefined; already: boolean }> {
  const batch = await refreshBatch(path, env);
  if (!batch || !isQueued(batch) || batch.phase === 'over') {
    return { verdict: readVerdict(path), already: true };
  }
  keep(path, batch, await engineNamed(batch.engine).stop(path, batch, env));
  return { verdict: readVerdict(path), already: false };
}

function keep(path: string, batch: Batch, { phase, words, ending }: Standing): Batch {
  if (ending) settle(path, ending);
  const known: Batch = { ...batch, phase, words };
  writeByRename(join(path, BATCH), `${JSON.stringify(known, null, 2)}\n`);
  return known;
}

function isQueued(batch: Batch): batch is QueuedBatch {
  return batch.job !== null;
}
