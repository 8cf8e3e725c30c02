/** The output streams of `process`. */
interface Streams {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** The state of standard output. */
export interface OutputState {
  /** Why output was lost; undefined if all of it was written, or if the reader closed the pipe (`| head`). */
  lost(): Error | undefined;
}

/**
 * Makes a failing terminal, pipe or disk harmless: whatever happens to standard output or standard error, a run that is
 * supervised continues and keeps its exit code. Output that cannot be written is dropped.
 */
export function guardStreams({ stdout, stderr }: Streams): OutputState {
  let lost: Error | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that closed the pipe needs no more; a failed stream also fails at every later write.
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') lost ??= error;
  });
  stderr.on('error', () => {});
  return { lost: () => lost };
}

/** Commands whose effect matters. For all others, only the output matters. */
const ACT = new Set(['launch', 'attach', 'submit', 'stop', 'fix']);

/** Returns the exit code of a command whose output could not be written: its own, or 2 if the command only prints. */
export function exitCodeWithout(command: string | undefined, exitCode: number): number {
  return exitCode === 0 && !ACT.has(command ?? '') ? 2 : exitCode;
}
