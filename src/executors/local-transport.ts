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
 * Starts a command on this machine, in a session of its own, so that a terminal's Ctrl-C does not reach it. A program that cannot be
 * started ends with `lost`.
 */
export async function openLocal([program = '', ...args]: readonly string[]): Promise<
  Channel & { pid: number | undefined; release(): void }
> {
  // execa takes 110 ms to import: only a command that starts something pays for it.
  const { execa } = await import('execa');
  // Not buffered: output can be endless, and execa would end a command that says much.
  const subprocess = execa(program, args, { buffer: false, detached: true, cleanup: false, reject: false });
  const child = subprocess.nodeChildProcess;
  const stdin = child.stdin as Writable;
  // What is lost shows in `closed`; a write that comes too late is no news.
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

/** What was said, for whoever reads late: even after the end, when Node throws away what a pipe still holds. */
function kept(stream: Readable | null): Readable {
  const copy = new PassThrough();
  // A stream that breaks off breaks its copy off too; the reader notices.
  if (stream) pipeline(stream, copy, () => {});
  else copy.end();
  copy.on('error', () => {});
  return copy;
}
