import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parsePythonJson } from '../contract/agent-messages.ts';
import { RampcheckError } from '../errors.ts';

/**
 * Reads one of a run's documents and validates it.
 *
 * @throws RampcheckError `run-damaged` (exit 2) if it is missing, truncated or invalid.
 */
export function readDocument<T>(folder: string, name: string, schema: z.ZodType<T>): T {
  const document = readDocumentIfAny(folder, name, schema);
  if (document !== undefined) return document;
  throw damaged(folder, name, 'it is missing');
}

/**
 * The same for an optional document: undefined if it does not exist.
 *
 * @throws RampcheckError `run-damaged` (exit 2) if it is truncated or invalid.
 */
export function readDocumentIfAny<T>(folder: string, name: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw damaged(folder, name, message, error);
  }
  try {
    return schema.parse(parsePythonJson(text));
  } catch (error) {
    throw damaged(folder, name, whyNot(error), error);
  }
}

/** Returns the result of `read`; undefined if the document is damaged. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RampcheckError && error.code === DAMAGED) return undefined;
    throw error;
  }
}

const DAMAGED = 'run-damaged';

/** Describes in one line why a text is not a valid document. */
export function whyNot(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [issue] = error.issues;
  return issue ? `${issue.message}${issue.path.length ? ` at ${issue.path.join('.')}` : ''}` : error.message;
}

function damaged(folder: string, name: string, why: string, cause?: unknown): RampcheckError {
  return new RampcheckError('run-damaged', `${name} of this run cannot be read: ${why}`, {
    location: { file: join(folder, name) },
    hint: 'its output is still in logs/; rampcheck stop, or its launcher, still ends an active run',
    cause,
  });
}
