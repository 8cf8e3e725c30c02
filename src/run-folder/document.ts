import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parsePythonJson } from '../contract/agent-messages.ts';
import { RampcheckError } from '../errors.ts';

/**
 * One of a run's own documents, checked against what it must be.
 *
 * @throws RampcheckError `run-damaged` (exit 2) when it is missing, cut short or something else.
 */
export function readDocument<T>(folder: string, name: string, schema: z.ZodType<T>): T {
  const document = readDocumentIfAny(folder, name, schema);
  if (document !== undefined) return document;
  throw damaged(folder, name, 'it is missing');
}

/**
 * The same for a document that need not be there: undefined without it.
 *
 * @throws RampcheckError `run-damaged` (exit 2) when it is cut short or something else.
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

/** What `read` returns; undefined where what it reads is damaged. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RampcheckError && error.code === DAMAGED) return undefined;
    throw error;
  }
}

const DAMAGED = 'run-damaged';

/** Why a text is not the document that it should be, in one line. */
export function whyNot(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [issue] = error.issues;
  return issue ? `${issue.message}${issue.path.length ? ` at ${issue.path.join('.')}` : ''}` : error.message;
}

function damaged(folder: string, name: string, why: string, cause?: unknown): RampcheckError {
  return new RampcheckError('run-damaged', `${name} of this run cannot be read: ${why}`, {
    location: { file: join(folder, name) },
    hint: 'its output is still in logs/; a run that goes on ends with rampcheck stop, or by its own launcher',
    cause,
  });
}
