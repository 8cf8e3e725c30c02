import { PassThrough, pipeline, type Readable, type Writable } from 'node:stream';
import type { Channel, Transport } from './transport.ts';
import { runOn } from './transport.ts';

/** This machine, under any name. */
export const localTransport: Transport = {
  name: 'local',
  connect: async (host) => ({
    host,
    how: 'this machine',
    open: openLocal,
    run: async (argv, options) => runOn(await openLocal(argv), options),
    close: async () => {},
  }),
  close: async () => {},
};

/**
 * Starts a command on this machine, in its own session, so that a terminal's Ctrl-C does not reach it. A program that cannot be
 * started ends with `lost`.
 */
export async function openLocal([program = '', ...args]: readonly string[]): Promise<
  Channel & { pid: number | undefined; release(): void }
> {
  // execa takes 110 ms to import: only a command that starts something pays for it.
  const { execa } = await import('execa');
  // Not buffered: output can be endless, and execa would end a command that exceeds its buffer.
  const subprocess = execa(program, args, { buffer: false, detached: true, cleanup: false, reject: false });
  const child = subprocess.nodeChildProcess;
  const stdin = child.stdin as Writable;
  // `closed` reports a lost connection; an error of a late write adds nothing.
  stdin.on('error', () => {});
  const [stdout, stderr] = [kept(child.stdout), kept(child.stderr)];
  const closed = subprocess.then(({ exitCode, signal, originalMessage }) => ({
    exitCode: exitCode ?? null,
    signal: signal ?? null,
    ...(exitCode === undefined && signal === undefined
      ? { lost: originalMessage ?? 'it could not be started' }
      : {}),
  }));
  const destroy = () => {
    for (const stream of [stdin, child.stdout, child.stderr]) stream?.destroy();
  };
  return { stdin, stdout, stderr, closed, destroy, pid: child.pid, release: () => child.unref() };
}

/** A copy of the output for late readers: when a process ends, Node discards what is still in its pipe. */
function kept(stream: Readable | null): Readable {
  const copy = new PassThrough();
  // If the stream breaks off, so does its copy, and the reader notices.
  if (stream) pipeline(stream, copy, () => {});
  else copy.end();
  copy.on('error', () => {});
  return copy;
}
