import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** A config, a hostfile or a checkpoint's state is far smaller. */
export const MOST_BYTES = 64 * 1024 * 1024;
/** How long the writer of a pipe may pause (milliseconds): `--hostfile <(scontrol show hostnames)` is such a pipe. */
const PATIENCE = 5000;
const CHUNK = 64 * 1024;

/** Why a file that is there was not read; `message` completes "'x' …". */
export class UnreadableError extends Error {}

/**
 * Reads a whole file, but never waits for ever and never fills the memory: a device that does not end, a pipe that nobody writes
 * to, and a file of more than `most` bytes are refused.
 *
 * @throws UnreadableError for these, and whatever opening and reading a file throw
 */
export function readBounded(path: string, most = MOST_BYTES): Buffer {
  // A pipe without a writer is opened at once, not when somebody comes.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (stats.isFile() && stats.size > most) throw tooLarge(most);
    const chunks: Buffer[] = [];
    let size = 0;
    let waited = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK);
      const count = readSome(file, chunk);
      if (count === 0) break;
      if (count === undefined) {
        if (waited >= PATIENCE) throw new UnreadableError(`sends nothing for ${PATIENCE / 1000} s`);
        waited += pause(20);
        continue;
      }
      waited = 0;
      size += count;
      if (size > most) throw tooLarge(most);
      chunks.push(chunk.subarray(0, count));
    }
    if (size === 0 && stats.isFIFO()) throw new UnreadableError('is a pipe that nobody writes to');
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
}

/** What is known of a path; undefined where nothing is, and for a name that no file can have. */
export function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** How many bytes came; undefined if there are none yet. */
function readSome(file: number, chunk: Buffer): number | undefined {
  try {
    return readSync(file, chunk, 0, chunk.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

function pause(milliseconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  return milliseconds;
}

function tooLarge(most: number): UnreadableError {
  return new UnreadableError(`is larger than ${Math.floor(most / 1024 / 1024)} MiB`);
}
