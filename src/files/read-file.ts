import { resolve } from 'node:path';
import { RampcheckError, type RampcheckErrorOptions } from '../errors.ts';
import { readBounded, UnreadableError } from './read-bounded.ts';

/** How errors describe a file to the user. */
export interface FileRole {
  /** Code of the error if it is missing. */
  code: string;
  /** "the DeepSpeed config". */
  what: string;
  hint?: string;
  /** More bytes are refused; 64 MiB unless given. */
  most?: number;
}

/**
 * Reads a file that the command names, relative to its working directory.
 *
 * @throws RampcheckError with the role's code.
 */
export function readNamedFile(cwd: string, path: string, { code, what, hint, most }: FileRole): string {
  try {
    return readBounded(resolve(cwd, path), most).toString('utf8');
  } catch (error) {
    const options: RampcheckErrorOptions = { cause: error, location: { file: path } };
    if (hint !== undefined) options.hint = hint;
    throw new RampcheckError(code, `${what} ${reasonFor(error, path)}`, options);
  }
}

function reasonFor(error: unknown, path: string): string {
  if (error instanceof UnreadableError) return `'${path}' ${error.message}`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENAMETOOLONG') return `'${path.slice(0, 60)}…' does not exist: no file has such a long name`;
  // Node refuses a path with a NUL; no such file can exist.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE')
    return `'${path}' does not exist`;
  if (code === 'EISDIR') return `'${path}' is a directory`;
  if (code === 'EACCES') return `'${path}' cannot be read: permission denied`;
  return `'${path}' cannot be read: ${message}`;
}
