/** The part of `process` that a command's output goes to. */
interface Streams {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** What became of standard output. */
export interface OutputState {
  /** Why what was printed is lost; undefined while all of it has been taken, and when the reader has seen enough (`| head`). */
  lost(): Error | undefined;
}

/**
 * Keeps a failing terminal, pipe or disk from deciding anything: whatever happens to standard output or standard error, a run that is
 * watched goes on, and its exit code is its own. What cannot be written is dropped.
 */
export function guardStreams({ stdout, stderr }: Streams): OutputState {
  let lost: Error | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that closed the pipe has seen enough; a stream that has failed fails at every later write too.
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') lost ??= error;
  });
  stderr.on('error', () => {});
  return { lost: () => lost };
}

/** Commands that are used for what they do. All others are used for what they print. */
const ACT = new Set(['launch', 'attach', 'submit', 'stop', 'fix']);

/** Returns the exit code of a command whose output could not be written: its own, and 2 where the output is all that it is for. */
export function exitCodeWithout(command: string | undefined, exitCode: number): number {
  return exitCode === 0 && !ACT.has(command ?? '') ? 2 : exitCode;
}
