import { RampcheckError } from '../errors.ts';
import type { RunDirectory } from './directory.ts';

/**
 * Wraps a run's folder so that a full disk does not affect the run: failed writes are dropped and reported once. After the first lost line no
 * further line is appended: the folder is then complete up to a moment, and `attach` reads the rest from the nodes when there is
 * space again. Complete files (the verdict) are tried every time.
 *
 * @param say reports once why the folder is incomplete.
 */
export function surviving(directory: RunDirectory, say: (text: string) => void): RunDirectory {
  let lost = false;
  const attempt = <Result>(work: () => Result, otherwise: Result): Result => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RampcheckError) || error.code !== 'run-folder-not-written') throw error;
      if (!lost) say(`${error.message}; the run continues, but its folder is incomplete from now on`);
      lost = true;
      return otherwise;
    }
  };
  return {
    ...directory,
    write: (name, document) => attempt(() => directory.write(name, document), undefined),
    append: (name, entry) => (lost ? 0 : attempt(() => directory.append(name, entry), 0)),
  };
}
