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
 * Asks the engine how a batch run stands, and writes it into the run's folder: what is known of it, and when it is over the verdict
 * with its diagnosis. An engine that does not answer changes nothing.
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
 * Ends a batch run and returns when its job is over. `already`: it had ended before.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with the engine's own words.
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
