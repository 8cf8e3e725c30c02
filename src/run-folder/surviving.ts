import { RampcheckError } from '../errors.ts';
import type { RunDirectory } from './directory.ts';

/**
 * A run's folder whose disk decides nothing: what it does not take is dropped, and said once. After the first line that is lost no
 * further one is appended: what stands there is all of the run up to a moment, and `attach` reads the rest from the nodes when there is
 * room again. Whole files (the verdict) are tried every time.
 *
 * @param say is told once why the folder is incomplete.
 */
export function surviving(directory: RunDirectory, say: (text: string) => void): RunDirectory {
  let lost = false;
  const attempt = <Result>(work: () => Result, otherwise: Result): Result => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RampcheckError) || error.code !== 'run-folder-not-written') throw error;
      if (!lost) say(`${error.message}; the run goes on, and from now on its folder is incomplete`);
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
