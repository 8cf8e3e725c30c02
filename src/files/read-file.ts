import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RampcheckError, type RampcheckErrorOptions } from '../errors.ts';

/** What a file is to the user, for the error when it cannot be read. */
export interface FileRole {
  /** Code of the error when it is missing. */
  code: string;
  /** "the DeepSpeed config". */
  what: string;
  hint?: string;
}

/**
 * The text of a file that the command names, relative to its working directory.
 *
 * @throws RampcheckError with the role's code.
 */
export function readNamedFile(cwd: string, path: string, { code, what, hint }: FileRole): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    const options: RampcheckErrorOptions = { cause: error, location: { file: path } };
    if (hint !== undefined) options.hint = hint;
    throw new RampcheckError(code, `${what} ${reasonFor(error, path)}`, options);
  }
}

function reasonFor(error: unknown, path: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  // No file has a NUL in its name.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE')
    return `'${path}' does not exist`;
  if (code === 'EISDIR') return `'${path}' is a directory`;
  if (code === 'EACCES') return `'${path}' may not be read`;
  return `'${path}' cannot be read: ${message}`;
}
